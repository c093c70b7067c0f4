/** What stands above the chart while a result is made, or where there is none. */
import { plural } from '../../kit/format.ts'
import { Action } from '../../kit/parts/action.tsx'
import { type Lack, lacks } from './request.ts'
import { isOver, type Run } from './use-runs.ts'

/** Where a job is on its way. */
const stateOf = ({ job }: Run): string => {
  if (!job) return 'Asking for the result'
  if (job.status === 'queued') {
    return job.position ? `Waiting: ${plural(job.position, 'job')} before it` : 'Waiting for a worker'
  }
  if (job.status === 'failed') return 'An attempt failed; it will be tried again'
  return job.progress?.text ?? 'Looking for anomalies'
}

const failureOf = ({ job, error }: Run): string => {
  if (error?.status === 404) return 'This result is gone: results are kept for a while only.'
  if (error) return error.message
  if (job?.status === 'cancelled') return 'This analysis was cancelled.'
  if (job?.status === 'dead') return job.error?.message ?? 'This analysis failed.'
  return 'This job is no detection: there is nothing to show of it here.'
}

export const RunNotice = ({
  run,
  detector,
  onAgain,
}: {
  readonly run: Run
  /** That `onAgain` runs. */
  readonly detector: string
  /** Undefined where it can't be run again from here. */
  readonly onAgain: (() => Promise<unknown>) | undefined
}) => {
  if (run.report) return null
  if (!isOver(run)) {
    const fraction = run.job?.progress?.fraction
    return (
      <div class="notice" role="status">
        <span class="badge run">{stateOf(run)}</span>
        {fraction !== undefined && (
          <span class="small soft num" aria-hidden="true">
            {Math.round(fraction * 100)} %
          </span>
        )}
      </div>
    )
  }
  return (
    <div class="notice bad" role="alert">
      <span>{failureOf(run)}</span>
      {onAgain && (
        <Action look="quiet" onRun={onAgain}>
          Run {detector} again
        </Action>
      )}
      {run.job && (
        <a class="small" href={`/jobs/${run.id}`}>
          The job
        </a>
      )}
    </div>
  )
}

/** Why a result tells less of each point than another might. */
export const DetailNotice = ({
  lack,
  onWhole,
}: {
  readonly lack: Lack
  /** Asks for the same with all there is to tell. */
  readonly onWhole: () => Promise<unknown>
}) => (
  <div class="notice" role="note">
    <span>{lacks[lack]}</span>
    {lack === 'unasked' && (
      <Action look="quiet" onRun={onWhole}>
        Run with scores
      </Action>
    )}
  </div>
)

export const NoPointsNotice = () => (
  <div class="notice" role="note">
    A job does not keep the points that it looked at: what is known of them, by row, is shown. To see the
    series, open it from its data set, or upload it again.
  </div>
)
