/** What a job is, and what can be done with it. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import { hasEnded } from '../../kit/api/has-ended.ts'
import { pathOf } from '../../kit/api/path.ts'
import type { Job } from '../../kit/api/types.ts'
import { Action } from '../../kit/parts/action.tsx'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { CopyButton } from '../../kit/parts/copy.tsx'
import { Status } from '../../kit/parts/status.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { When } from '../../kit/parts/when.tsx'

/** A dead letter has kept the payload; of others it is not known any more. */
const postAgain = ({ id, type, key, priority, status }: Job): string =>
  pathOf('/post', {
    type,
    key,
    priority: priority === 'normal' ? undefined : priority,
    from: status === 'dead' ? id : undefined,
  })

const Actions = ({ job, onJob }: { readonly job: Job; readonly onJob: (job: Job) => void }) => {
  const [asked, setAsked] = useState(false)
  const path = `/jobs/${job.id}`
  const replay = async (): Promise<void> => {
    onJob(await api<Job>(`${path}/replay`, { method: 'POST' }))
    tell('Replayed: it runs as soon as a worker has room.')
  }
  return (
    <div class="row">
      {job.type !== undefined && (
        <a class="button" href={postAgain(job)}>
          Post again
        </a>
      )}
      {job.status === 'dead' && (
        <Action look="primary" onRun={replay}>
          Replay
        </Action>
      )}
      {!hasEnded(job) && (
        <button type="button" class="danger" onClick={() => setAsked(true)}>
          Cancel
        </button>
      )}
      {asked && (
        <Confirm
          title="Cancel this job?"
          action="Cancel the job"
          danger
          onClose={() => setAsked(false)}
          onConfirm={async () => onJob(await api<Job>(path, { method: 'DELETE' }))}
        >
          <p>
            {job.status === 'running'
              ? 'Its handler is told to stop, and no result of it is kept. What it has done elsewhere stays done.'
              : 'It won’t run, and gives no result.'}
          </p>
        </Confirm>
      )}
    </div>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const Facts = ({ job }: { readonly job: Job }) => {
  const { key, priority, schedule, submittedAt, startedAt, finishedAt, worker } = job
  return (
    <dl class="job-facts">
      {key !== undefined && (
        <Fact name="Key">
          <a href={pathOf('/jobs', { key })} title="Jobs of this key">
            {key}
          </a>
        </Fact>
      )}
      <Fact name="Priority">{priority ?? 'none'}</Fact>
      {schedule && (
        <Fact name="Schedule">
          <a href={`/schedules/${encodeURIComponent(schedule.name)}`}>{schedule.name}</a>, tick of{' '}
          <When at={schedule.at} exact />
        </Fact>
      )}
      <Fact name="Submitted">
        <When at={submittedAt} />
      </Fact>
      {startedAt !== undefined && (
        <Fact name="Started">
          <When at={startedAt} />
        </Fact>
      )}
      {finishedAt !== undefined && (
        <Fact name="Ended">
          <When at={finishedAt} />
        </Fact>
      )}
      {worker !== undefined && worker !== '' && <Fact name="Worker">{worker}</Fact>}
    </dl>
  )
}

export const JobHead = ({ job, onJob }: { readonly job: Job; readonly onJob: (job: Job) => void }) => (
  <>
    <div class="head">
      <div class="job-title">
        <h1>{job.type ?? 'Job'}</h1>
        <Status status={job.status} />
      </div>
      <Actions job={job} onJob={onJob} />
    </div>
    <div class="job-about">
      <p class="job-id">
        <span class="mono">{job.id}</span>
        <CopyButton text={job.id} what="Job id" />
      </p>
      <Facts job={job} />
    </div>
  </>
)
