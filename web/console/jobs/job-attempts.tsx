/** What each attempt did: where it ran, how long, what it said, and why it failed. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Attempt, Job, LogLine } from '../../kit/api/types.ts'
import { now } from '../../kit/clock.ts'
import { count, duration, plural } from '../../kit/format.ts'
import { When } from '../../kit/parts/when.tsx'
import { JobError } from './job-error.tsx'
import { JobProgress } from './job-progress.tsx'

/** More are shown when they are asked for. */
const SHOWN = 20

/** How near its end a log counts as read to the end, px. */
const NEAR_END = 24

const Log = ({
  lines,
  dropped,
  from,
  of,
}: {
  readonly lines: readonly LogLine[]
  readonly dropped: number
  /** The attempt's start, ms. */
  readonly from: number
  readonly of: number
}) => {
  const element = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  // Who has read to the end sees what comes; who has gone back stays there.
  useLayoutEffect(() => {
    const log = element.current
    if (log && atEnd.current) log.scrollTop = log.scrollHeight
  })
  return (
    <>
      {dropped > 0 && (
        <p class="small soft">
          {plural(dropped, 'line')} before {dropped === 1 ? 'was' : 'were'} not kept.
        </p>
      )}
      <div
        class="job-log"
        ref={element}
        role="group"
        aria-label={`Log of attempt ${of}`}
        tabindex={0}
        onScroll={({ currentTarget: it }) => {
          atEnd.current = it.scrollTop + it.clientHeight >= it.scrollHeight - NEAR_END
        }}
      >
        <ol>
          {lines.map(({ at, text }, index) => (
            <li key={`${dropped + index}`}>
              <time dateTime={at} title={at}>
                +{duration(Math.max(0, Date.parse(at) - from))}
              </time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      </div>
    </>
  )
}

const RunsFor = ({ from }: { readonly from: number }) => <>{duration(now.value - from)} so far</>

const looks = {
  running: { look: 'run', text: 'Running' },
  failed: { look: 'warn', text: 'Failed' },
  dead: { look: 'bad', text: 'Failed' },
  done: { look: 'good', text: 'Succeeded' },
  cancelled: { look: 'off', text: 'Cancelled' },
  left: { look: 'off', text: 'Cut off' },
} as const

const lookOf = (attempt: Attempt, job: Job, isLast: boolean): keyof typeof looks => {
  if (isLast && job.status === 'cancelled') return attempt.error ? 'failed' : 'cancelled'
  if (attempt.error) return isLast && job.status === 'dead' ? 'dead' : 'failed'
  if (isLast && job.status === 'succeeded') return 'done'
  return attempt.finishedAt === undefined && isLast && !hasEnded(job) ? 'running' : 'left'
}

/** The error of a dead job's last attempt stands above already: it is the job's. */
const AttemptItem = ({
  attempt,
  job,
  isLast,
}: {
  readonly attempt: Attempt
  readonly job: Job
  readonly isLast: boolean
}) => {
  const { worker, error, progress, log = [], logDropped = 0 } = attempt
  const from = Date.parse(attempt.startedAt)
  const how = lookOf(attempt, job, isLast)
  const end = attempt.finishedAt ?? (isLast ? job.finishedAt : undefined)
  const { look, text } = looks[how]
  return (
    <li class="job-attempt">
      <div class="job-attempt-head">
        <h3 class="num">Attempt {attempt.attempt}</h3>
        <span class={`badge ${look}`}>{text}</span>
        <span class="small soft job-attempt-worker" title={worker}>
          {worker}
        </span>
        <span class="small soft">
          <When at={attempt.startedAt} exact />
        </span>
        <span class="small num job-attempt-took">
          {end !== undefined ? (
            duration(Math.max(0, Date.parse(end) - from))
          ) : how === 'running' ? (
            <RunsFor from={from} />
          ) : (
            ''
          )}
        </span>
      </div>
      {error && how !== 'dead' && <JobError error={error} />}
      {progress && how !== 'running' && (
        <JobProgress progress={progress} label={`Attempt ${attempt.attempt}`} />
      )}
      {(log.length > 0 || logDropped > 0) && (
        <Log lines={log} dropped={logDropped} from={from} of={attempt.attempt} />
      )}
    </li>
  )
}

export const JobAttempts = ({ job }: { readonly job: Job }) => {
  const [all, setAll] = useState(false)
  const { attempts } = job
  if (attempts.length === 0) return null
  const newestFirst = attempts.toReversed()
  return (
    <section class="panel" aria-labelledby="attempts">
      <header>
        <h2 id="attempts">Attempts</h2>
        {attempts.length > 1 && <span class="small soft">The last one first</span>}
      </header>
      <ol>
        {(all ? newestFirst : newestFirst.slice(0, SHOWN)).map((attempt, index) => (
          <AttemptItem key={attempt.attempt} attempt={attempt} job={job} isLast={index === 0} />
        ))}
      </ol>
      {!all && attempts.length > SHOWN && (
        <div class="job-more">
          <button type="button" class="quiet" onClick={() => setAll(true)}>
            Show all {count(attempts.length)} attempts
          </button>
        </div>
      )}
    </section>
  )
}
