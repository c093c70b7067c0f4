/** What handlers may ask of the process that runs them, beyond what every handler is told of its run. */
import { AppError } from '../errors.ts'
import type { JobError, JobSubmission, OutcomeStatus } from '../job.ts'
import type { Database } from '../store/database.ts'

/** A job that a control job fans out into: as `POST /api/jobs` takes it. */
export type ChildJob = JobSubmission

/** How a child ended. */
export interface ChildOutcome {
  readonly id: string
  readonly status: OutcomeStatus
  /** What its handler gave back; undefined where that was nothing, or where it did not succeed. */
  readonly result: unknown
  readonly error: JobError | undefined
}

/**
 * Fan-out of a control job into other jobs, its children. A child is known by its parent and its number: submitted again, by whichever
 * attempt of the parent, it is the job that it was, with the same id. (For `RESERVATION_RETENTION`, as with an `Idempotency-Key`.)
 *
 * All of it waits while Kafka or the store is away, or the queue is full (children are jobs like any others: `QUEUE_LIMIT` holds for them,
 * and who waits here keeps nobody waiting). Aborting `signal`, the parent's own as a rule, ends the wait with its reason.
 */
export interface ChildJobs {
  /**
   * Submits children number `first`, `first + 1`, …; resolves to their ids, in order, once they are durable. Many at once go in
   * groups: a few statements and produce requests for hundreds. Those of a parent that was cancelled are cancelled, too, and this
   * rejects with CANCELLED.
   * @throws AppError TYPE_UNKNOWN, REQUEST_INVALID, PAYLOAD_TOO_LARGE; IDEMPOTENCY_MISMATCH where a number stood for another job
   */
  submit(
    parent: string,
    first: number,
    children: readonly ChildJob[],
    signal: AbortSignal,
  ): Promise<readonly string[]>
  /** Those of these jobs that have ended, as they are now, read a few at a time: results may be large. */
  outcomes(ids: readonly string[], signal: AbortSignal): AsyncGenerator<ChildOutcome>
  /** Cancels those of these jobs that have not ended. (Children of a job that is cancelled are cancelled with it.) */
  cancel(ids: readonly string[], signal: AbortSignal): Promise<void>
}

/** What this installation has called its parts. */
export interface Installation {
  /** Of the store; also what notices are sent by. */
  readonly schema: string
  /** The jobs topics, in the order of `priorities`. */
  readonly topics: readonly string[]
}

export interface Platform {
  /** The process's own pool of connections to PostgreSQL, in the product's schema. @throws AppError HANDLER_INVALID in a thread */
  readonly db: Database
  /** @throws AppError HANDLER_INVALID in a thread */
  readonly installation: Installation
  /** On the master's own node, where control jobs run. @throws AppError HANDLER_INVALID elsewhere */
  readonly jobs: ChildJobs
}

const absent = (what: string): never => {
  throw new AppError('HANDLER_INVALID', what)
}

/** The platform of a process, which may have a part of it only. */
export const platformOf = ({ db, installation, jobs }: Partial<Platform>): Platform => ({
  get db() {
    return db ?? absent('a handler that runs in a thread has no connection to the store: its `load` has')
  },
  get installation() {
    return installation ?? absent('a handler that runs in a thread knows nothing of the installation')
  },
  get jobs() {
    return jobs ?? absent('only a handler with `control: true` can submit jobs, on the master’s own node')
  },
})
