/** What a schedule says. */
import { Fragment } from 'preact'
import type { ScheduleDetails } from '../../kit/api/schedule-types.ts'
import { duration } from '../../kit/format.ts'
import { Json } from '../../kit/parts/json.tsx'
import { When } from '../../kit/parts/when.tsx'
import { Timing } from './timing.tsx'

const overlaps = {
  allow: 'both run',
  skip: 'the later one is left out',
  queue: 'one after the other',
} as const
const misses = { skip: 'don’t run', once: 'the latest runs', all: 'each of them runs' } as const

const optionNames: Readonly<Record<string, string>> = {
  key: 'Key',
  priority: 'Priority',
  maxAttempts: 'Attempts at most',
  timeoutMs: 'Time limit of an attempt',
  backoffMs: 'Backoff',
  maxBackoffMs: 'Longest backoff',
}

export const Settings = ({ schedule }: { readonly schedule: ScheduleDetails }) => {
  const { job, overlap, missed, startAt, createdAt, updatedAt } = schedule
  const { type, payload, ...options } = job
  const given = Object.entries(options)
  return (
    <section class="panel" aria-label="Settings">
      <header>
        <h2>Settings</h2>
      </header>
      <div class="body stack">
        <dl class="sc-facts">
          <dt>Runs</dt>
          <dd>
            <Timing schedule={schedule} />
          </dd>
          <dt>Not before</dt>
          <dd>
            <When at={startAt} exact />
          </dd>
          <dt>Run before still runs</dt>
          <dd>{overlaps[overlap]}</dd>
          <dt>Missed runs</dt>
          <dd>{misses[missed]}</dd>
          <dt>Job type</dt>
          <dd>
            <a href={`/jobs?type=${encodeURIComponent(type)}`}>{type}</a>
          </dd>
          {given.map(([name, value]) => (
            <Fragment key={name}>
              <dt>{optionNames[name] ?? name}</dt>
              <dd class="sc-wrap">{name.endsWith('Ms') ? duration(Number(value)) : String(value)}</dd>
            </Fragment>
          ))}
          <dt>Created</dt>
          <dd>
            <When at={createdAt} exact />
          </dd>
          <dt>Changed</dt>
          <dd>
            <When at={updatedAt} exact />
          </dd>
        </dl>
        {payload !== undefined && (
          <div class="stack">
            <h3>Payload</h3>
            <Json value={payload} label="Payload" />
          </div>
        )}
      </div>
    </section>
  )
}
