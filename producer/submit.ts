/** From a checked submission to a job in the log. */
import { createHash } from 'node:crypto'
import type { Config } from '../core/config.ts'
import { AppError } from '../core/errors.ts'
import type { HandlerRegistry } from '../core/handlers/registry.ts'
import type { JobSubmission, Priority } from '../core/job.ts'
import { readJobId } from '../core/job-id.ts'
import { traceparentOf } from '../core/kafka/record.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { markPublished, type Reservation, reserve } from '../core/store/reservations.ts'
import { checkJob } from './check-job.ts'
import type { NewJob, PublishedJob, Publisher } from './publish/publisher.ts'

export interface AcceptParts {
  readonly handlers: HandlerRegistry
  readonly jobs: Readonly<Record<Priority, Publisher>>
  /** For control jobs, whatever their priority: the master's own node runs them. */
  readonly control: Publisher
  readonly queueLimit: Config['queueLimit']
  /** Jobs that wait now. */
  readonly lag: () => number
}

export interface Submitted extends Pick<PublishedJob, 'id' | 'submittedAt'> {
  /** Where it lies in its partition, where this submission has put it there. */
  readonly offset: number | undefined
  /** True where an Idempotency-Key stood for this job already. */
  readonly repeated?: boolean
}

export interface SubmitContext {
  readonly traceparent?: string | undefined
  readonly idempotencyKey?: string | undefined
  readonly tenant: string
}

const MAX_IDEMPOTENCY_KEY = 255

/** A published reservation is remembered this long, for repeats that read its row before it said so. */
const REMEMBER_MS = 10_000

/** The same text for the same JSON, whatever the order of its keys. */
const canonical = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(canonical)
    : value instanceof Object
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, item]) => [key, canonical(item)]),
        )
      : value

export const hashOf = (submission: JobSubmission): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(canonical(submission)))
    .digest()

/** A submission that can be taken, and who publishes it. */
export interface Accepted {
  readonly publisher: Publisher
  readonly job: NewJob
}

export type Accept = (submission: JobSubmission, traceparent?: string) => Accepted

/** Checks submissions. @throws AppError TYPE_UNKNOWN, REQUEST_INVALID (payload), PAYLOAD_TOO_LARGE, QUEUE_FULL */
export const createAccept =
  ({ handlers, jobs, control, queueLimit, lag }: AcceptParts): Accept =>
  (submission, traceparent) => {
    const { registered, value } = checkJob(handlers, submission)
    if (queueLimit > 0 && lag() >= queueLimit) {
      throw new AppError('QUEUE_FULL', `${lag()} jobs wait; the limit is ${queueLimit}.`, {
        retryable: true,
        retryAfterS: 5,
      })
    }
    const { type, key, priority = 'normal' } = submission
    return {
      publisher: registered.handler.control ? control : jobs[priority],
      job: { type, key, value, traceparent: traceparentOf(traceparent) },
    }
  }

export type Submit = (submission: JobSubmission, context: SubmitContext) => Promise<Submitted>

/**
 * Publishes a submission; resolves when the job is durable.
 * @throws AppError TYPE_UNKNOWN, REQUEST_INVALID (payload), PAYLOAD_TOO_LARGE, QUEUE_FULL, IDEMPOTENCY_MISMATCH,
 * KAFKA_UNAVAILABLE, PUBLISH_UNKNOWN, STORE_UNAVAILABLE (only with an Idempotency-Key)
 */
export const createSubmit = ({ accept, db }: { readonly accept: Accept; readonly db: Database }): Submit => {
  /** Publications under way by reservation: a repeat that comes meanwhile waits for the first. */
  const underWay = new Map<string, Promise<PublishedJob>>()

  const reserved = async (
    submission: JobSubmission,
    publisher: Publisher,
    job: NewJob,
    tenant: string,
    key: string,
  ): Promise<Submitted> => {
    const hash = hashOf(submission)
    const reservation: Reservation & { isNew: boolean } = await reserve(
      db,
      tenant,
      key,
      hash,
      publisher.reserveId(job.key),
    ).catch((error: unknown) => {
      throw storeError(error)
    })
    if (!reservation.bodyHash.equals(hash)) {
      throw new AppError(
        'IDEMPOTENCY_MISMATCH',
        `The Idempotency-Key ${key} was sent before with another body.`,
        {
          faults: [{ path: '', message: 'differs from the body that came with this Idempotency-Key first' }],
        },
      )
    }
    const { jobId: id } = reservation
    const repeated = !reservation.isNew
    const submittedAt = readJobId(id)?.submittedAt ?? 0
    if (reservation.published) return { id, submittedAt, repeated, offset: undefined }
    let publishing = underWay.get(id)
    if (!publishing) {
      publishing = publisher.publish({ ...job, id })
      underWay.set(id, publishing)
      publishing.then(
        () => setTimeout(() => underWay.delete(id), REMEMBER_MS).unref(),
        () => underWay.delete(id),
      )
      await publishing
      // Were this lost, a repeat would publish the same id again, which is harmless.
      await markPublished(db, tenant, key).catch(() => {})
    }
    const { offset } = await publishing
    return { id, submittedAt, repeated, offset }
  }

  const keyed = async (
    submission: JobSubmission,
    { traceparent, tenant }: SubmitContext,
    key: string,
  ): Promise<Submitted> => {
    const { publisher, job } = accept(submission, traceparent)
    if (key.length === 0 || key.length > MAX_IDEMPOTENCY_KEY) {
      throw new AppError(
        'REQUEST_INVALID',
        `Idempotency-Key: must have 1 to ${MAX_IDEMPOTENCY_KEY} characters`,
        {
          faults: [
            { path: '', message: `header Idempotency-Key: must have 1 to ${MAX_IDEMPOTENCY_KEY} characters` },
          ],
        },
      )
    }
    return reserved(submission, publisher, job, tenant, key)
  }

  return (submission, context) => {
    if (context.idempotencyKey !== undefined) return keyed(submission, context, context.idempotencyKey)
    // Most jobs by far: no promise of its own beside the publisher's.
    try {
      const { publisher, job } = accept(submission, context.traceparent)
      return publisher.publish(job)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
