/** What a job that does not run waits for, and until when. */
import type { Job } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { fromNow } from '../../kit/format.ts'
import { useTypes } from '../use-types.ts'
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
    <div class="notice job-waits">
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

export const JobWaits = ({ job }: { readonly job: Job }) => {
  const text = waitWords(job, now.value)
  if (text === '') return null
  return job.waitsFor?.startsWith('type:') ? <HeldByType job={job} /> : <Line job={job} text={text} />
}
