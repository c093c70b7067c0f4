/**
 * What the engine does with a job: reads its record, skips what has its outcome, runs attempts, records.
 *
 * An attempt that fails and may be repeated comes again after a backoff, up to `maxAttempts`; then, or at once for what
 * repeating can't mend, the job is dead: its outcome says why and its record is copied to the dead letters' topic.
 */
import { AppError, codeOf, toError } from '../core/errors.ts'
import type { HandlerRegistry } from '../core/handlers/registry.ts'
import type { Attempt, JobError, Outcome, OutcomeStatus } from '../core/job.ts'
import type { KafkaMessage } from '../core/kafka/client.ts'
import { decodeRecord, type JobRecord } from '../core/kafka/record.ts'
import type { Database } from '../core/store/database.ts'
import { findOutcomes, recordOutcomes } from '../core/store/outcomes.ts'
import { backoffMs, inMemoryBackoff } from './backoff.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Claim, Finished, Ran } from './engine/claim.ts'
import type { Reporter } from './reporter.ts'
import { runHandler } from './run-handler.ts'
import type { HandlerThreads } from './threads.ts'

/** A record taken apart: a job, or why it is none. */
export interface Task {
  readonly message: KafkaMessage
  readonly job: JobRecord | AppError
  readonly attempts: Attempt[]
}

export interface Result {
  /** None for a record that is no job: it has no id to have an outcome under. */
  readonly outcome: Outcome | undefined
  /** Why it is dead, if it is. */
  readonly dead: JobError | undefined
}

export interface WorkParts {
  readonly nodeId: string
  readonly topic: string
  readonly registry: HandlerRegistry
  readonly threads: HandlerThreads
  readonly db: Database
  readonly deadLetters: DeadLetters
  readonly reporter: Reporter
  readonly defaults: { readonly maxAttempts: number; readonly timeoutMs: number }
}

export interface Work {
  decode(message: KafkaMessage): Task
  settled(claims: readonly Claim<Task>[]): Promise<ReadonlySet<Claim<Task>>>
  run(claim: Claim<Task>): Promise<Ran<Result>>
  record(finished: readonly Finished<Task, Result>[]): Promise<void>
  sizeOf(result: Result): number
}

const decode = (message: KafkaMessage): Task => {
  try {
    return { message, job: decodeRecord(message), attempts: [] }
  } catch (error) {
    const job = error instanceof AppError ? error : new AppError('RECORD_INVALID', toError(error).message)
    return { message, job, attempts: [] }
  }
}

/** A failure as it is kept. What is not marked otherwise may be repeated, except for what our own checks refuse. */
export const jobErrorOf = (thrown: unknown): JobError => {
  const error = toError(thrown)
  const retryable = !('retryable' in error) || error.retryable !== false
  const faults =
    error instanceof AppError ? error.faults.map(({ path, message }) => `${path} ${message}`) : []
  const said = typeof error.message === 'string' && error.message !== '' ? error.message : error.name
  const message = [said, ...faults].join('; ').replaceAll('\0', '\ufffd').slice(0, 10_000)
  const code = codeOf(error)
  return {
    code: code === 'INTERNAL' ? 'HANDLER_FAILED' : code.slice(0, 100),
    message: message.toWellFormed(),
    retryable,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

export const createWork = (parts: WorkParts): Work => {
  const { nodeId, topic, registry, threads, db, deadLetters, reporter, defaults } = parts

  const settled: Work['settled'] = async (claims) => {
    const ids = claims.flatMap(({ task }) => (task.job instanceof AppError ? [] : [task.job.id]))
    const ended = ids.length === 0 ? new Map() : await findOutcomes(db, ids)
    return new Set(claims.filter(({ task }) => !(task.job instanceof AppError) && ended.has(task.job.id)))
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
    topic,
    partition,
    offset: BigInt(offset),
    attempts: task.attempts,
    submittedAt: job.submittedAt,
    startedAt: task.attempts[0] ? Date.parse(task.attempts[0].startedAt) : undefined,
    finishedAt: more.finishedAt,
    worker: nodeId,
    resultJson: more.resultJson,
    error: more.error,
  })

  const attemptJob = async (claim: Claim<Task>, job: JobRecord): Promise<Ran<Result>> => {
    const { attempt, task } = claim
    const startedAt = Date.now()
    reporter.started(job, attempt, startedAt)
    const end = (error?: JobError): number => {
      const finishedAt = Date.now()
      task.attempts.push({
        attempt,
        startedAt: iso(startedAt),
        finishedAt: iso(finishedAt),
        worker: nodeId,
        ...(error ? { error } : {}),
      })
      return finishedAt
    }
    try {
      const registered = registry.get(job.type)
      if (!registered) throw new AppError('TYPE_UNKNOWN', `this worker has no handler for type ${job.type}`)
      const timeoutMs = job.timeoutMs ?? defaults.timeoutMs
      const resultJson = await runHandler(registered, threads, {
        job,
        attempt,
        timeoutMs,
        signal: claim.abort.signal,
      })
      const finishedAt = end()
      if (claim.lost) reporter.lost(job)
      return {
        result: { outcome: outcomeOf(claim, job, 'succeeded', { finishedAt, resultJson }), dead: undefined },
      }
    } catch (thrown) {
      const error = jobErrorOf(thrown)
      const finishedAt = end(error)
      if (claim.lost) reporter.lost(job)
      if (error.retryable && attempt < (job.maxAttempts ?? defaults.maxAttempts)) {
        if (!claim.lost) reporter.failed(job, error, finishedAt)
        return { againAfterMs: backoffMs(attempt, inMemoryBackoff, Math.random()) }
      }
      return { result: { outcome: outcomeOf(claim, job, 'dead', { finishedAt, error }), dead: error } }
    }
  }

  const run: Work['run'] = async (claim) => {
    const { job } = claim.task
    if (!(job instanceof AppError)) return attemptJob(claim, job)
    const error = jobErrorOf(job)
    reporter.poison(claim.partition, claim.offset, error)
    return { result: { outcome: undefined, dead: error } }
  }

  /** Those whose copy is out: a group that can't be recorded comes again. */
  const copied = new WeakSet<Claim<Task>>()

  const record: Work['record'] = async (finished) => {
    const dead = finished.flatMap(({ claim, result }) =>
      result.dead && !copied.has(claim) ? [{ claim, error: result.dead }] : [],
    )
    if (dead.length > 0) await deadLetters.publish(topic, dead)
    for (const { claim } of dead) copied.add(claim)
    const outcomes = finished.flatMap(({ result }) => (result.outcome ? [result.outcome] : []))
    if (outcomes.length > 0) await recordOutcomes(db, outcomes)
  }

  const sizeOf: Work['sizeOf'] = ({ outcome }) => 1_000 + (outcome?.resultJson?.length ?? 0)

  return { decode, settled, run, record, sizeOf }
}
