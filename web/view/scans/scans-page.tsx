/** Scans, past and running, and the way to begin one. */
import './scans.css'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Job } from '../../kit/api/types.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { now } from '../../kit/clock.ts'
import { shortId } from '../../kit/format.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { Status } from '../../kit/parts/status.tsx'
import { When } from '../../kit/parts/when.tsx'
import { useQuery } from '../use-query.ts'
import { knownScans } from './known-scans.ts'
import { NewScan } from './new-scan.tsx'
import { Progress } from './scan-progress.tsx'
import { tookText } from './took.ts'
import { useDataSets } from './use-data-sets.ts'
import { useScannedSets } from './use-scanned-sets.ts'

const PAGE = 25
const EVERY_MS = 3_000

const Line = ({
  job,
  nameOf,
}: {
  readonly job: Job
  readonly nameOf: (id: string) => string | undefined
}) => {
  const dataSet = knownScans.value[job.id]
  const name = dataSet === undefined ? undefined : nameOf(dataSet)
  return (
    <tr>
      <td class="scan-name">
        <a href={`/view/scans/${job.id}`}>{name ?? `Scan ${shortId(job.id)}`}</a>
        {dataSet !== undefined && name === undefined && <span class="soft small"> data set deleted</span>}
      </td>
      <td class="tight">
        <Status status={job.status} />
      </td>
      <td class="scan-far">{hasEnded(job) ? (job.progress?.text ?? '–') : <Progress job={job} small />}</td>
      <td class="tight number">{tookText(job, now.value)}</td>
      <td class="tight">
        <When at={job.submittedAt} />
      </td>
    </tr>
  )
}

export const ScansPage = () => {
  const [query, setQuery] = useQuery()
  const {
    items: jobs,
    hasMore,
    busy,
    error,
    refresh,
    showMore,
  } = usePages<Job>(`/jobs?type=scan&limit=${PAGE}`, {
    list: 'jobs',
    everyMs: EVERY_MS,
  })
  const { all, nameOf } = useDataSets()
  useScannedSets(jobs ?? [])
  const begin = query['new']
  return (
    <>
      <div class="head">
        <h1>Scans</h1>
        <button type="button" class="primary" onClick={() => setQuery({ new: 'scan' })}>
          New scan
        </button>
      </div>
      <p class="soft scan-lead">
        A scan looks for anomalies in all series of a data set, and ranks what it finds over all of them.
      </p>
      <FaultNotice error={error} stale={jobs !== undefined} onRetry={refresh} />
      <section class="panel" aria-label="Scans">
        {jobs === undefined && !error && <Loading lines={4} what="Loading scans" />}
        {jobs?.length === 0 && (
          <Empty title="No scan yet">
            <span>
              {all?.length === 0
                ? 'Upload a data set of many series, then scan it.'
                : 'Choose a data set, and see where its series are odd.'}
            </span>
            {all?.length === 0 ? (
              <a class="button" href="/view/data-sets">
                Upload a data set
              </a>
            ) : (
              <button type="button" onClick={() => setQuery({ new: 'scan' })}>
                New scan
              </button>
            )}
          </Empty>
        )}
        {jobs && jobs.length > 0 && (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Data set</th>
                  <th>Status</th>
                  <th>How far</th>
                  <th class="number">Took</th>
                  <th>Begun</th>
                </tr>
              </thead>
              <tbody>
                {jobs.map((job) => (
                  <Line key={job.id} job={job} nameOf={all ? nameOf : () => undefined} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {hasMore && (
        <div class="row">
          <BusyButton busy={busy} onPress={showMore}>
            Older scans
          </BusyButton>
        </div>
      )}
      {begin !== undefined && <NewScan dataSet={begin} onClose={() => setQuery({ new: undefined })} />}
    </>
  )
}
