/** A job's life as a bar: when it waited, ran, and waited again. */

import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Job } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { duration } from '../../kit/format.ts'
import { When } from '../../kit/parts/when.tsx'
import { JobNow } from './job-now.tsx'
import { layOut, segmentsOf, summaryOf } from './timeline.ts'

/** So many parts stand close. */
const MANY = 24

export const JobTimeline = ({ job }: { readonly job: Job }) => {
  const at = hasEnded(job) ? Date.parse(job.finishedAt ?? job.submittedAt) : now.value
  const segments = segmentsOf(job, at)
  const { shares, toScale } = layOut(segments.map(({ ms }) => ms))
  const summary = summaryOf(segments)
  return (
    <section class="panel" aria-labelledby="timeline">
      <header>
        <h2 id="timeline">Timeline</h2>
        <span class="small soft num">{summary}</span>
      </header>
      <div class="body">
        <JobNow job={job} />
        <div
          class={`job-line ${segments.length > MANY ? 'is-many' : ''}`}
          role="img"
          aria-label={`Timeline: ${summary}`}
        >
          {segments.map(({ kind, text, ms, open, look, attempt }, index) => (
            <div
              key={index}
              class={`job-part is-${kind} ${look ? `look-${look}` : ''} ${open ? 'is-open' : ''}`}
              style={{ width: `${(shares[index] ?? 0) * 100}%` }}
              title={`${text}: ${duration(ms)}${open ? ' so far' : ''}`}
            >
              <span class="job-part-text">
                {attempt === undefined || segments.length < 6 ? text : attempt}
              </span>
              <span class="job-part-time num">{duration(ms)}</span>
            </div>
          ))}
        </div>
        <div class="job-ends small soft">
          <span>
            Submitted <When at={job.submittedAt} exact />
          </span>
          {!toScale && <span>Not to scale: short parts are drawn wider</span>}
          {job.finishedAt && (
            <span>
              Ended <When at={job.finishedAt} exact />
            </span>
          )}
        </div>
      </div>
    </section>
  )
}
