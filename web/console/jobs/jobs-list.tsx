/** The jobs of a filter: fresh, and still where somebody looks. */
import { useRef, useState } from 'preact/hooks'
import { pathOf } from '../../kit/api/path.ts'
import type { Job, JobPage } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { nothing, toggle, toggleAll } from '../../kit/selection.ts'
import { addressOf, isFiltered, type JobFilter } from './filter.ts'
import { JobRow } from './job-row.tsx'
import { JobsBar } from './jobs-bar.tsx'
import { keepStill } from './keep-still.ts'
import { useStill } from './use-still.ts'

const FRESH_MS = 2_000
const PAGE = 50

const NoJobs = ({ filter }: { readonly filter: JobFilter }) => {
  if (filter.after !== undefined)
    return (
      <Empty title="There are no older jobs">
        <a href={addressOf({ ...filter, after: undefined })}>To the newest</a>
      </Empty>
    )
  if (isFiltered(filter))
    return (
      <Empty title="No job fits">
        <span>Keys are compared as a whole, capital letters too.</span>
        <a href="/jobs">Show all jobs</a>
      </Empty>
    )
  return (
    <Empty title="No jobs yet">
      <span>Here is what was submitted, with its status, newest first.</span>
      <a href="/post">Post the first one</a>
    </Empty>
  )
}

const heads = [
  ['Status', ''],
  ['Type', ''],
  ['Key', ''],
  ['Submitted', ''],
  ['Took', 'number'],
  ['Attempts', 'number'],
  ['Worker', ''],
  ['Job', ''],
] as const

export const JobsList = ({ filter }: { readonly filter: JobFilter }) => {
  const { data, error, refresh } = usePoll<JobPage>(pathOf('/jobs', { ...filter, limit: PAGE }), FRESH_MS)
  const [selection, select] = useState(nothing)
  const { isStill, onList, onRows } = useStill(selection.ids.size > 0)
  const held = useRef<readonly Job[] | undefined>(undefined)
  /** The answer before something was done: the next one is shown as it comes. */
  const before = useRef<JobPage | undefined>(undefined)
  const [, redraw] = useState(0)

  if (!data && error) return <FaultNotice error={error} onRetry={refresh} />
  if (!data)
    return (
      <section class="panel" aria-label="Jobs">
        <Loading lines={8} what="Loading jobs" />
      </section>
    )

  const isNew = before.current !== undefined && before.current !== data
  if (!isStill || !held.current || isNew) held.current = data.jobs
  if (isNew) before.current = undefined
  const { jobs, more, gone } = keepStill(held.current, data.jobs)
  const picked = jobs.filter(({ id }) => selection.ids.has(id))
  const allPicked = jobs.length > 0 && picked.length === jobs.length
  const last = jobs.at(-1)
  const hasOlder = data.next !== undefined && last !== undefined

  const order = jobs.map(({ id }) => id)
  const showMore = (): void => {
    held.current = data.jobs
    redraw((it) => it + 1)
    scrollTo({ top: 0 })
  }
  const done = (): void => {
    select(nothing)
    before.current = data
    refresh()
  }
  return (
    <>
      <FaultNotice error={error} stale onRetry={refresh} />
      <section class="panel jobs" aria-label="Jobs" {...onList}>
        <JobsBar
          filter={filter}
          picked={picked}
          shown={jobs.length}
          hasMore={hasOlder || filter.after !== undefined}
          more={more}
          onShowMore={showMore}
          onDone={done}
        />
        {jobs.length === 0 ? (
          <NoJobs filter={filter} />
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th scope="col" class="jobs-pick">
                    <input
                      type="checkbox"
                      aria-label="Select all on this page"
                      checked={allPicked}
                      onChange={() => select(toggleAll(selection, order))}
                    />
                  </th>
                  {heads.map(([text, look]) => (
                    <th key={text} scope="col" class={look}>
                      {text}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody {...onRows}>
                {jobs.map((job) => (
                  <JobRow
                    key={job.id}
                    job={job}
                    isGone={gone.has(job.id)}
                    isPicked={selection.ids.has(job.id)}
                    onPick={(isRange) => select(toggle(selection, order, job.id, isRange))}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {(hasOlder || filter.after !== undefined) && (
          <nav class="jobs-pages" aria-label="Pages of jobs">
            {filter.after !== undefined && (
              <a class="button" href={addressOf({ ...filter, after: undefined })}>
                Newest
              </a>
            )}
            {hasOlder && (
              <a class="button" href={addressOf({ ...filter, after: last.id })}>
                Older
              </a>
            )}
          </nav>
        )}
      </section>
    </>
  )
}
