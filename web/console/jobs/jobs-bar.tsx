/** The line above the list: how many there are, or what can be done with those that are selected. */
import { useState } from 'preact/hooks'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Job } from '../../kit/api/types.ts'
import { count, plural } from '../../kit/format.ts'
import { Action } from '../../kit/parts/action.tsx'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { statusText } from '../../kit/parts/status.tsx'
import { cancelJobs, MAX_CANCELLED, replayJobs } from './actions.ts'
import { aliveStatuses, filterWords, isFiltered, type JobFilter } from './filter.ts'

const CancelAll = ({ filter, onDone }: { readonly filter: JobFilter; readonly onDone: () => void }) => {
  const [asked, setAsked] = useState(false)
  const { status, type, key } = filter
  const statuses = status === undefined ? aliveStatuses : aliveStatuses.filter((it) => it === status)
  if (!isFiltered(filter) || statuses.length === 0) return null
  const which = filterWords(filter)
  return (
    <>
      <button type="button" class="quiet" onClick={() => setAsked(true)}>
        Cancel all that fit
      </button>
      {asked && (
        <Confirm
          title="Cancel all jobs that fit?"
          action="Cancel them all"
          danger
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await cancelJobs({ type, key, status: statuses, limit: MAX_CANCELLED })
            onDone()
          }}
        >
          <p>
            All jobs {which !== '' && <strong>{which}</strong>}
            {which !== '' && ' '}that are{' '}
            <strong>{statuses.map((it) => statusText(it).toLowerCase()).join(' or ')}</strong>, on this page
            or not; the newest {count(MAX_CANCELLED)} at most. None of them gives a result, and those that run
            are stopped.
          </p>
          <p class="small soft">
            Jobs that wait in the log are found where they were accepted; parked and running ones everywhere.
          </p>
        </Confirm>
      )}
    </>
  )
}

export const JobsBar = ({
  filter,
  picked,
  shown,
  hasMore,
  more,
  onShowMore,
  onDone,
}: {
  readonly filter: JobFilter
  readonly picked: readonly Job[]
  readonly shown: number
  readonly hasMore: boolean
  /** New ones that are held back. */
  readonly more: number
  readonly onShowMore: () => void
  /** Something was done: nothing is selected any more, and the list asks anew. */
  readonly onDone: () => void
}) => {
  const living = picked.filter((it) => !hasEnded(it)).map(({ id }) => id)
  const dead = picked.filter(({ status }) => status === 'dead').map(({ id }) => id)
  const act = async (work: Promise<void>): Promise<void> => {
    await work
    onDone()
  }
  return (
    <header>
      <div class="row">
        {/* What comes meanwhile is not said: it would never end. */}
        <span role="status">
          {picked.length > 0 && <strong class="small num">{count(picked.length)} selected</strong>}
        </span>
        {picked.length === 0 && (
          <span class="small soft num">
            {plural(shown, 'job')}
            {hasMore && ' on this page'}
          </span>
        )}
        {more > 0 && (
          <button type="button" class="jobs-more num" onClick={onShowMore}>
            ↑ {count(more)} new
          </button>
        )}
      </div>
      <div class="row">
        {living.length > 0 && (
          <Action look="danger" onRun={() => act(cancelJobs({ ids: living }))}>
            Cancel {plural(living.length, 'job')}
          </Action>
        )}
        {dead.length > 0 && (
          <Action onRun={() => act(replayJobs(dead))}>Replay {plural(dead.length, 'job')}</Action>
        )}
        {picked.length > 0 && (
          <button type="button" class="quiet" onClick={onDone}>
            Select none
          </button>
        )}
        {picked.length === 0 && <CancelAll filter={filter} onDone={onDone} />}
      </div>
    </header>
  )
}
