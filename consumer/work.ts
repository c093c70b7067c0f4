/**
 * What the engine does with a job: reads its record, skips what has its outcome, runs attempts, records.
 *
 * An attempt that fails and may be repeated comes again after a backoff, up to `maxAttempts`; then, or at once for what
 * repeating can't mend, the job is dead: its outcome says why and its record is copied to the dead letters' topic.
 */
import { boundLogs, logBytesOf } from '../core/attempt-log.ts'
import { AppError } from '../core/errors.ts'
import type { HandlerRegistry } from '../core/handlers/registry.ts'
import type { Attempt, JobError, Outcome, OutcomeStatus } from '../core/job.ts'
import { numberingOf } from '../core/kafka/numbering.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import { untilDone } from '../core/retry.ts'
import type { Database } from '../core/store/database.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import { attemptsIn } from './attempts.ts'
import { type BackoffSettings, waitAfter } from './backoff.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Claim, Ran } from './engine/claim.ts'
import type { EngineOptions } from './engine/options.ts'
import type { HandlerHost } from './host.ts'
import { parkingOf } from './parked-jobs.ts'
import { recordingIn } from './record-ended.ts'
import type { Reporter } from './reporter.ts'
import { runHandler } from './run-handler.ts'
import { decode, delayOf, idOf, jobErrorOf, mayPark, type Result, retryAfterOf, type Task } from './task.ts'

export interface WorkParts {
  readonly nodeId: string
  /** Partitions are told by their number in this order of them. */
  readonly topics: readonly string[]
  readonly registry: HandlerRegistry
  readonly host: HandlerHost
  readonly db: Database
  readonly deadLetters: DeadLetters
  readonly reporter: Reporter
  readonly log: Logger
  readonly defaults: BackoffSettings & { readonly maxAttempts: number; readonly timeoutMs: number }
}

/** The engine's hooks. */
export type Work = Required<
  Pick<
    EngineOptions<Task, Result>,
    | 'decode'
    | 'idOf'
    | 'mayPark'
    | 'delayOf'
    | 'lookUp'
    | 'run'
    | 'record'
    | 'parking'
    | 'handOver'
    | 'onLost'
    | 'sizeOf'
  >
>

/** An attempt that is on. */
interface Running {
  readonly claim: Claim<Task>
  readonly job: JobRecord
  /** Of the attempts since its last replay. */
  readonly nth: number
  readonly startedAt: number
  readonly notes: AttemptNotes
}

/** It has its outcome: somebody has cancelled it. */
const isCancelled = ({ abort: { reason } }: Claim<Task>): boolean =>
  reason instanceof AppError && reason.code === 'CANCELLED'

/** Times as text. Of many jobs that start or end within a millisecond only the first pays for it. */
const isoTimes = (): ((ms: number) => string) => {
  let last = Number.NaN
  let text = ''
  return (ms) => {
    if (ms === last) return text
    last = ms
    text = new Date(ms).toISOString()
    return text
  }
}

export const createWork = (parts: WorkParts): Work => {
  const { nodeId, topics, registry, host, db, deadLetters, reporter, log, defaults } = parts
  const { lookUp, handOver, noteStart } = attemptsIn(db, log)
  const { placeOf } = numberingOf(topics)
  const iso = isoTimes()
  const byType = new Map(
    [...registry].map(([type, { handler }]) => [
      type,
      {
        maxAttempts: handler.defaults?.maxAttempts ?? defaults.maxAttempts,
        timeoutMs: handler.defaults?.timeoutMs ?? defaults.timeoutMs,
      },
    ]),
  )
  /** What holds for jobs of a type that say nothing themselves. */
  const defaultsOf = (type: string): Pick<WorkParts['defaults'], 'maxAttempts' | 'timeoutMs'> =>
    byType.get(type) ?? defaults

  /** Before it counts as ended, and in its own slot: while Kafka is away the results of others are recorded. */
  const copyDead = async (claim: Claim<Task>, error: JobError): Promise<void> => {
    const copy = () => deadLetters.publish(placeOf(claim.partition), { claim, error })
    await untilDone(copy, 'a dead letter can’t be copied', log, claim.abort.signal)
  }

  const outcomeOf = (
    { partition, offset, task }: Claim<Task>,
    job: JobRecord,
    status: OutcomeStatus,
    more: { finishedAt: number; resultJson?: string | undefined; error?: JobError },
  ): Outcome => ({
    id: job.id,
    type: job.type,
    key: job.key,
    status,
    ...placeOf(partition),
    offset: offset < 0 ? undefined : offset,
    attempts: task.attempts,
    submittedAt: job.submittedAt,
    startedAt: task.attempts[0] ? Date.parse(task.attempts[0].startedAt) : undefined,
    finishedAt: more.finishedAt,
    worker: nodeId,
    schedule: job.options.schedule,
    resultJson: more.resultJson,
    error: more.error,
  })

  /** The attempt is over: writes it down, and gives its end. */
  const end = ({ claim: { attempt, task }, startedAt, notes }: Running, error?: JobError): number => {
    const finishedAt = Date.now()
    const ended: Attempt = {
      attempt,
      startedAt: iso(startedAt),
      finishedAt: iso(finishedAt),
      worker: nodeId,
      ...notes.told(),
    }
    if (error) ended.error = error
    task.attempts.push(ended)
    boundLogs(task.attempts)
    return finishedAt
  }

  const ranOf = (running: Running, resultJson: string | undefined): Ran<Result> => {
    const { claim, job } = running
    const finishedAt = end(running)
    return { result: { outcome: outcomeOf(claim, job, 'succeeded', { finishedAt, resultJson }) } }
  }

  const failedOf = async (running: Running, thrown: unknown): Promise<Ran<Result>> => {
    const { claim, job, nth } = running
    const {
      maxAttempts = defaultsOf(job.type).maxAttempts,
      backoffMs = defaults.backoffMs,
      maxBackoffMs = defaults.maxBackoffMs,
    } = job.options
    const error = jobErrorOf(thrown)
    const finishedAt = end(running, error)
    // It has its outcome, and nothing can be added to that.
    if (isCancelled(claim)) {
      reporter.lost(job)
      return { result: { outcome: undefined } }
    }
    if (error.retryable && nth < maxAttempts) {
      if (claim.state !== 'lost') reporter.failed(job, error, finishedAt, claim.task.attempts.at(-1))
      return {
        againAfterMs: retryAfterOf(thrown) ?? waitAfter(nth, { backoffMs, maxBackoffMs }, Math.random()),
      }
    }
    await copyDead(claim, error)
    return { result: { outcome: outcomeOf(claim, job, 'dead', { finishedAt, error }) } }
  }

  const runOnce = ({ claim, job, nth, notes }: Running): Promise<string | undefined> => {
    const ofType = defaultsOf(job.type)
    const { maxAttempts = ofType.maxAttempts, timeoutMs = ofType.timeoutMs } = job.options
    if (nth > maxAttempts) {
      const times = `${nth - 1} attempt${nth === 2 ? '' : 's'}`
      const why = `its worker ended while it ran: ${times}, none of which came to an end`
      return Promise.reject(new AppError('WORKER_LOST', why))
    }
    const registered = registry.get(job.type)
    if (registered)
      return runHandler(registered, host, {
        job,
        attempt: claim.attempt,
        timeoutMs,
        lost: claim.abort,
        notes,
      })
    const why = `this worker has no handler for type ${job.type}`
    return Promise.reject(new AppError('TYPE_UNKNOWN', why))
  }

  /** Thousands a second: hence no function of its own that waits for each step. */
  const attemptJob = (claim: Claim<Task>, job: JobRecord): Promise<Ran<Result>> => {
    const { attempt, task } = claim
    const startedAt = Date.now()
    const notes = reporter.started(job, attempt, startedAt, task.attempts)
    const running: Running = { claim, job, nth: attempt - task.attemptsBefore, startedAt, notes }
    return runOnce(running).then(
      (resultJson) => ranOf(running, resultJson),
      (thrown: unknown) => failedOf(running, thrown),
    )
  }

  const poison = async (claim: Claim<Task>, why: AppError): Promise<Ran<Result>> => {
    const error = jobErrorOf(why)
    reporter.poison(claim.partition, claim.offset, error)
    await copyDead(claim, error)
    return { result: { outcome: undefined } }
  }

  const run: Work['run'] = (claim) => {
    const { job } = claim.task
    if (job instanceof AppError) return poison(claim, job)
    // Before it began: that was no attempt.
    if (isCancelled(claim)) return Promise.resolve({ result: { outcome: undefined } })
    if (!claim.suspect) return attemptJob(claim, job)
    return noteStart(claim, job.id).then(() => attemptJob(claim, job))
  }

  const record = recordingIn({ nodeId, topics, db, log, copyDead })

  const onLost: Work['onLost'] = ({ task: { job } }) => {
    if (!(job instanceof AppError)) reporter.lost(job)
  }

  const sizeOf: Work['sizeOf'] = ({ outcome }) =>
    (outcome?.attempts ?? []).reduce((sum, it) => sum + logBytesOf(it), 1_000) +
    (outcome?.resultJson?.length ?? 0)

  return {
    decode,
    idOf,
    mayPark,
    delayOf,
    lookUp,
    run,
    record,
    parking: parkingOf(db, topics),
    handOver,
    onLost,
    sizeOf,
  }
}
