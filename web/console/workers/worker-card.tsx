/** A worker: what it has taken, and what runs in each of its slots. */

import type { RunningJob } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { count, shortId, wholeSeconds } from '../../kit/format.ts'
import { isNew, type Member } from './roster.ts'

const since = (at: string): string => {
  const ms = now.value - Date.parse(at)
  return ms < 1_000 ? '< 1 s' : wholeSeconds(Math.floor(ms / 1_000) * 1_000)
}

const Job = ({ job: { id, type, key, attempt, startedAt, progress } }: { readonly job: RunningJob }) => (
  <>
    <span class={`workers-type${progress ? '' : ' wide'}`}>
      {type}
      {key !== undefined && (
        <span class="soft mono" title={`Key ${key}`}>
          {' '}
          {key}
        </span>
      )}
      {attempt > 1 && <span class="workers-attempt"> attempt {attempt}</span>}
    </span>
    {progress && (
      <span
        class="bar"
        role="progressbar"
        aria-label={`Progress of ${type}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * progress.fraction)}
        title={progress.text}
      >
        <span style={{ width: `${100 * progress.fraction}%` }} />
      </span>
    )}
    <span class="num soft workers-for">{since(startedAt)}</span>
    <a class="mono" href={`/jobs/${id}`} title={id}>
      {shortId(id)}
    </a>
  </>
)

const Blocks = ({ slots }: Pick<Member, 'slots'>) => {
  const busy = slots.filter((it) => it !== undefined).length
  return (
    <span class="workers-blocks num" title="Slots that run a job">
      <span aria-hidden="true">
        {slots.map((it, index) => (
          <i key={index} class={it ? 'busy' : ''} />
        ))}
      </span>
      {busy} of {slots.length}
    </span>
  )
}

export const WorkerCard = ({ member }: { readonly member: Member }) => {
  const { worker, slots, leftAt } = member
  const left = leftAt !== undefined
  const look = left ? 'left' : isNew(member, now.value) ? 'came' : ''
  return (
    <li class={`panel workers-card ${look}`}>
      <header>
        <h2 class="mono" title={`Process ${worker.pid}`}>
          {worker.id}
        </h2>
        {worker.nodeType === 'master' && <span class="workers-kind">master</span>}
        {left ? (
          <span class="badge off">Left</span>
        ) : worker.leaving ? (
          <span class="badge warn">Leaving</span>
        ) : (
          look === 'came' && <span class="badge run">New</span>
        )}
        <Blocks slots={slots} />
      </header>
      <ul>
        {slots.map((job, index) => (
          <li key={index} class="workers-slot">
            {job ? <Job job={job} /> : <span class="hidden">free</span>}
          </li>
        ))}
      </ul>
      <footer class="num">
        <span>{count(worker.claimed)} claimed</span>
        <span>up {since(worker.startedAt)}</span>
      </footer>
    </li>
  )
}
