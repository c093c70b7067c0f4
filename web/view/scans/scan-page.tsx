/** One scan: how far it is, and what it has found. */
import './scans.css'
import { useEffect, useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import { api } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { hasEnded } from '../../kit/api/has-ended.ts'
import { unreachable } from '../../kit/api/problem.ts'
import type { ScanResult } from '../../kit/api/scan-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { useJob } from '../../kit/api/use-job.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { now } from '../../kit/clock.ts'
import { shortId } from '../../kit/format.ts'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { Status } from '../../kit/parts/status.tsx'
import { When } from '../../kit/parts/when.tsx'
import { knownScans, rememberScan } from './known-scans.ts'
import { Progress } from './scan-progress.tsx'
import { ScanResultView } from './scan-result.tsx'
import { leftText, tookText } from './took.ts'

interface ChildReport {
  /** The detector. */
  readonly asked: string
  readonly threshold: { readonly score: number }
}

const resultOf = ({ status, result }: Job): ScanResult | undefined =>
  status === 'succeeded' ? (result as ScanResult) : undefined

const CancelButton = ({ id }: { readonly id: string }) => {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        Cancel scan
      </button>
      {asking && (
        <Confirm
          title="Cancel this scan?"
          action="Cancel scan"
          danger
          onConfirm={() => api(`/jobs/${id}`, { method: 'DELETE' })}
          onClose={() => setAsking(false)}
        >
          <p>Its jobs that wait or run are cancelled too. Nothing of what it has found is kept.</p>
        </Confirm>
      )}
    </>
  )
}

const Ended = ({ job: { status, error, progress } }: { readonly job: Job }) => (
  <section class="panel">
    <Empty title={status === 'cancelled' ? 'This scan was cancelled' : 'This scan failed'}>
      {status !== 'cancelled' && error && <span>{error.message}</span>}
      <span>{progress?.text && `It had looked at ${progress.text}. `}Nothing of it is kept.</span>
    </Empty>
  </section>
)

/** What the series were looked at with, as the job of one of them says it. */
const Detector = ({ result }: { readonly result: ScanResult }) => {
  const one = result.lines.find(({ error }) => error === undefined)
  const { data } = usePoll<{ result?: ChildReport }>(one && `/jobs/${one.job}`, 0)
  const report = data?.result
  return report ? (
    <span class="num">
      {report.asked} from {report.threshold.score}
    </span>
  ) : null
}

export const ScanPage = () => {
  const { params } = useRoute()
  const id = params['id'] ?? ''
  const { job, lost, error } = useJob(id)
  const result = job && resultOf(job)
  const dataSet = result?.dataSet ?? knownScans.value[id]
  const set = usePoll<DataSet>(dataSet === undefined ? undefined : `/data-sets/${dataSet}`, 0)
  useEffect(() => {
    if (result) rememberScan(id, result.dataSet)
  }, [id, result])
  const title = set.data ? `Scan of ${set.data.name}` : 'Scan'

  if (error?.status === 404) {
    return (
      <>
        <h1>Scan</h1>
        <section class="panel">
          <Empty title="There is no such scan">
            <span>Its time to be kept is over, or the address is wrong.</span>
            <a href="/view/scans">To all scans</a>
          </Empty>
        </section>
      </>
    )
  }
  return (
    <>
      <div class="scan-head">
        <nav class="small" aria-label="Where this is">
          <a href="/view/scans">Scans</a>
        </nav>
        <div class="row apart">
          <h1>{title}</h1>
          {job && !hasEnded(job) && <CancelButton id={id} />}
          {job && hasEnded(job) && (
            <a class="button" href={`/view/scans?new=${dataSet ?? 'scan'}`}>
              Scan again
            </a>
          )}
        </div>
        <div class="row small soft scan-facts">
          {job && <Status status={job.status} />}
          {job && (
            <span>
              begun <When at={job.submittedAt} />
            </span>
          )}
          {job && hasEnded(job) && !result && <span class="num">took {tookText(job, now.value)}</span>}
          {result && <Detector result={result} />}
          <span class="mono" title={id}>
            {shortId(id)}
          </span>
          {set.error?.status === 404 && <span>its data set is deleted: there are no drawings</span>}
        </div>
      </div>
      <FaultNotice error={error} />
      {!error && lost && <FaultNotice error={unreachable()} stale={job !== undefined} />}
      {!job && !error && (
        <section class="panel">
          <Loading lines={5} what="Loading the scan" />
        </section>
      )}
      {job && !hasEnded(job) && (
        <section class="panel" aria-label="Progress">
          <div class="body">
            <Progress job={job} />
            <p class="small soft num scan-left">{leftText(job, now.value)}</p>
          </div>
        </section>
      )}
      {job && hasEnded(job) && !result && <Ended job={job} />}
      {job && result && <ScanResultView scan={id} result={result} took={tookText(job, now.value)} />}
    </>
  )
}
