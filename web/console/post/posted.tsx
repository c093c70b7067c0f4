/** What became of what was posted, as it goes on. */

import { useJob } from '../../kit/api/use-job.ts'
import { count, plural, shortId } from '../../kit/format.ts'
import { Json } from '../../kit/parts/json.tsx'
import { Status } from '../../kit/parts/status.tsx'
import { JobError } from '../jobs/job-error.tsx'
import { JobNow } from '../jobs/job-now.tsx'
import { ranWords } from '../jobs/words.ts'
import type { Posted } from './use-post.ts'

const OneJob = ({ id, type }: { readonly id: string; readonly type: string }) => {
  const { job, lost } = useJob(id)
  const took = job ? ranWords(job) : ''
  return (
    <div class="stack">
      <div class="row apart" role="status">
        <span class="row">
          <Status status={job?.status ?? 'queued'} />
          {took !== '' && <span class="small soft num">in {took}</span>}
        </span>
        <a class="small" href={`/jobs/${id}`}>
          {type} <span class="mono">{shortId(id)}</span>
        </a>
      </div>
      {lost && <p class="small soft">The API can’t be reached: it is accepted, and goes on.</p>}
      {job && <JobNow job={job} />}
      {job?.error && <JobError error={job.error} />}
      {job?.status === 'succeeded' && <Json value={job.result ?? null} label="Result" />}
    </div>
  )
}

const ManyJobs = ({ posted }: { readonly posted: Posted }) => {
  const { ids, refused, why, type } = posted
  return (
    <div class="stack">
      <p role="status">
        {plural(ids.length, 'job')} accepted.{' '}
        {refused > 0 && `${count(refused)} ${refused === 1 ? 'was' : 'were'} not: ${why}`}
      </p>
      <a href={`/jobs?type=${encodeURIComponent(type)}`}>Watch them in the list</a>
    </div>
  )
}

export const PostedPanel = ({ posted }: { readonly posted: Posted }) => {
  const [only] = posted.ids
  return (
    <section class="panel" aria-labelledby="posted">
      <header>
        <h2 id="posted">Posted</h2>
      </header>
      <div class="body">
        {posted.ids.length === 1 && only !== undefined && posted.refused === 0 ? (
          <OneJob key={posted.number} id={only} type={posted.type} />
        ) : (
          <ManyJobs posted={posted} />
        )}
      </div>
    </section>
  )
}
