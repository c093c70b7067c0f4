/** What a job that has not ended does: what it waits for and until when, or how far it is. */

import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Job } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { duration, fromNow } from '../../kit/format.ts'
import { useTypes } from '../use-types.ts'
import { JobProgress } from './job-progress.tsx'
import { waitWords } from './words.ts'

const TYPES_MS = 5_000

const countdownOf = ({ runAt, estimatedStartAt }: Job, at: number): string => {
  if (runAt !== undefined) return Date.parse(runAt) > at ? fromNow(runAt, at) : ''
  if (estimatedStartAt === undefined) return ''
  return Date.parse(estimatedStartAt) > at ? `starts ${fromNow(estimatedStartAt, at)}, about` : 'starts soon'
}

const Line = ({ job, text }: { readonly job: Job; readonly text: string }) => {
  const countdown = countdownOf(job, now.value)
  return (
    <div class="job-now">
      <span>{text}.</span>
      {countdown !== '' && <span class="soft num">{countdown}</span>}
      {job.waitsFor?.startsWith('type:') && <a href="/types">Types and their limits</a>}
      {job.waitsFor === 'order' && job.key !== undefined && (
        <a href={`/jobs?key=${encodeURIComponent(job.key)}`}>Jobs of this key</a>
      )}
    </div>
  )
}

/** Held by its type's limit: which that is now is asked for. */
const HeldByType = ({ job }: { readonly job: Job }) => {
  const { types } = useTypes(TYPES_MS)
  const limit = types.find(({ type }) => `type:${type}` === job.waitsFor)?.limit
  return <Line job={job} text={waitWords(job, now.value, limit)} />
}

const Runs = ({ job }: { readonly job: Job }) => {
  if (job.progress) return <JobProgress progress={job.progress} label="the job" />
  const from = job.attempts.at(-1)?.startedAt ?? job.startedAt
  return (
    <div class="job-now">
      <span>
        Runs{job.worker !== undefined && ` on ${job.worker}`}
        {from !== undefined && (
          <span class="num"> for {duration(Math.max(0, now.value - Date.parse(from)))}</span>
        )}
        .
      </span>
    </div>
  )
}

/** One line, whatever the job does: what stands below it stays where it is. */
export const JobNow = ({ job }: { readonly job: Job }) => {
  if (hasEnded(job)) return null
  if (job.status === 'running') return <Runs job={job} />
  if (job.waitsFor?.startsWith('type:')) return <HeldByType job={job} />
  return <Line job={job} text={waitWords(job, now.value)} />
}
