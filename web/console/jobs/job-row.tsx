/** A job in the list: the whole row is its link. */
import type { Job } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { shortId } from '../../kit/format.ts'
import { Status } from '../../kit/parts/status.tsx'
import { When } from '../../kit/parts/when.tsx'
import { tookWords } from './words.ts'

const Took = ({ job }: { readonly job: Job }) => {
  const { text, isWait } = tookWords(job, now.value)
  const isRunning = job.status === 'running'
  return (
    <span class={isWait || isRunning ? 'soft' : ''} title={isRunning ? 'Runs for so long' : undefined}>
      {text}
      {isRunning && text !== '' && ' …'}
    </span>
  )
}

/** What the columns cut off: the whole row shows it, for all of it is the link. */
const titleOf = ({ id, key, worker, error }: Job): string =>
  [
    id,
    ...(key === undefined ? [] : [`Key: ${key}`]),
    ...(worker === undefined ? [] : [`Worker: ${worker}`]),
    ...(error ? [`${error.code}: ${error.message}`.slice(0, 400)] : []),
  ].join('\n')

export const JobRow = ({
  job,
  isGone,
  isPicked,
  onPick,
}: {
  readonly job: Job
  /** It does not fit the filter any more. */
  readonly isGone: boolean
  readonly isPicked: boolean
  /** `isRange`: with all rows since the last one. */
  readonly onPick: (isRange: boolean) => void
}) => (
  <tr class={`${isGone ? 'jobs-gone' : ''} ${isPicked ? 'jobs-picked' : ''}`}>
    <td class="jobs-pick">
      <input
        type="checkbox"
        checked={isPicked}
        aria-label={`Select job ${shortId(job.id)}`}
        onClick={(event) => onPick(event.shiftKey)}
      />
    </td>
    <td class="jobs-status">
      <Status status={job.status} />
    </td>
    <td class="jobs-type">{job.type ?? <span class="soft">not read yet</span>}</td>
    <td class="jobs-key">{job.key}</td>
    <td class="jobs-at">
      <When at={job.submittedAt} />
    </td>
    <td class="jobs-took number">
      <Took job={job} />
    </td>
    <td class="jobs-attempts number">
      {job.attempts.length > 0 && (
        <>
          {job.attempts.length}
          <span class="jobs-unit"> {job.attempts.length === 1 ? 'attempt' : 'attempts'}</span>
        </>
      )}
    </td>
    <td class="jobs-worker">{job.worker}</td>
    <td class="jobs-id">
      <a class="mono" href={`/jobs/${job.id}`} title={titleOf(job)}>
        {shortId(job.id)}
      </a>
    </td>
  </tr>
)
