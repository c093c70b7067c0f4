/** How a job ended: its result, or its error. */
import type { Job } from '../../kit/api/types.ts'
import { Json } from '../../kit/parts/json.tsx'
import { JobError } from './job-error.tsx'
import { retryWords } from './words.ts'

/** Where a result is seen as what it is. */
const analyticsOf = ({ id, type, status }: Job): string | undefined => {
  if (status !== 'succeeded') return undefined
  if (type === 'detect') return `/view?job=${id}`
  return type === 'scan' ? `/view/scans/${id}` : undefined
}

const isNothing = (result: unknown): boolean => result === undefined || result === null

export const JobOutcome = ({ job }: { readonly job: Job }) => {
  const { status, result, error } = job
  if (status === 'succeeded') {
    const analytics = analyticsOf(job)
    return (
      <section class="panel" aria-labelledby="result">
        <header>
          <h2 id="result">Result</h2>
          {analytics && (
            <a class="small" href={analytics}>
              See it in Analytics
            </a>
          )}
        </header>
        <div class="body">
          {isNothing(result) ? (
            <p class="soft">It succeeded, and its handler returned nothing.</p>
          ) : (
            <Json value={result} label="Result" fileName="result.json" />
          )}
        </div>
      </section>
    )
  }
  if (!error || (status !== 'dead' && status !== 'cancelled')) return null
  return (
    <section class="panel" aria-labelledby="error">
      <header>
        <h2 id="error">{status === 'dead' ? 'Error' : 'Why it ended'}</h2>
        <span class="small soft">{retryWords(job)}</span>
      </header>
      <div class="body">
        <JobError error={error} />
      </div>
    </section>
  )
}
