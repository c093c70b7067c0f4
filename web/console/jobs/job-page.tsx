/** One job, as it goes on. */
import './job.css'
import { useEffect } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import { useJob } from '../../kit/api/use-job.ts'
import { shortId } from '../../kit/format.ts'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { JobAttempts } from './job-attempts.tsx'
import { JobHead } from './job-head.tsx'
import { JobOutcome } from './job-outcome.tsx'
import { JobTimeline } from './job-timeline.tsx'

const NotThere = ({ id }: { readonly id: string }) => (
  <>
    <h1>Job</h1>
    <section class="panel" aria-label="Job">
      <Empty title="There is no such job">
        <span>
          Either <span class="mono job-asked">{id}</span> never was one, or its time to be kept is over.
        </span>
        <a href="/jobs">To the jobs</a>
      </Empty>
    </section>
  </>
)

export const JobPage = () => {
  const { params } = useRoute()
  const id = params['id'] ?? ''
  const { job, error, lost, goOn } = useJob(id)
  useEffect(() => {
    if (job) document.title = `${job.type ?? 'Job'} ${shortId(job.id)} – AnomalyGuard`
  }, [job?.id, job?.type])
  if (!job && error && (error.status === 404 || error.status === 422)) return <NotThere id={id} />
  if (!job)
    return (
      <>
        <h1>Job</h1>
        {lost && (
          <div class="notice bad" role="alert">
            The API can’t be reached. This page goes on trying.
          </div>
        )}
        <FaultNotice error={error} onRetry={() => goOn()} />
        {!error && (
          <section class="panel" aria-label="Job">
            <Loading lines={5} what="Loading the job" />
          </section>
        )}
      </>
    )
  return (
    <>
      <JobHead job={job} onJob={goOn} />
      {(lost || error) && (
        <div class="notice warn" role="alert">
          <span>{error?.message ?? 'The API can’t be reached.'} What you see is from before.</span>
        </div>
      )}
      <JobTimeline job={job} />
      <JobOutcome job={job} />
      <JobAttempts job={job} />
    </>
  )
}
