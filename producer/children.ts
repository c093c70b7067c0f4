/** Children of control jobs, as the master's node asks for them (`core/children.ts`). */
import { AppError, faultsOf } from '../core/errors.ts'
import { type JobSubmission, jobSubmission } from '../core/job.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { findOutcomes } from '../core/store/outcomes.ts'
import { type ChildReservation, markChildrenPublished, reserveChildren } from '../core/store/reservations.ts'
import type { Canceller } from './cancel.ts'
import type { RecentJobs } from './find-job.ts'
import { type Accept, type Accepted, hashOf } from './submit.ts'

export interface ChildrenParts {
  readonly accept: Accept
  readonly canceller: Canceller
  readonly recent: RecentJobs
  readonly db: Database
}

export interface Children {
  /** As `ChildJobs.submit` has it, without its patience. @throws AppError, also KAFKA_UNAVAILABLE, STORE_UNAVAILABLE, QUEUE_FULL */
  submit(parent: string, first: number, children: readonly unknown[]): Promise<readonly string[]>
  /** Cancels what has not ended of these; resolves to those that this has cancelled. @throws AppError STORE_UNAVAILABLE */
  cancel(ids: readonly string[]): Promise<readonly string[]>
}

interface Child extends Accepted {
  readonly submission: JobSubmission
  readonly reservation: Omit<ChildReservation, 'published'>
}

const parse = (child: unknown, number: number): JobSubmission => {
  const parsed = jobSubmission.safeParse(child)
  if (parsed.success) return parsed.data
  const faults = faultsOf(parsed.error.issues)
  const said = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppError('REQUEST_INVALID', `child ${number}: ${said}`, { faults })
}

const checkHash = (
  { reservation: { bodyHash, number } }: Child,
  { bodyHash: before }: ChildReservation,
): void => {
  if (!before.equals(bodyHash))
    throw new AppError('IDEMPOTENCY_MISMATCH', `child ${number} was submitted before, and was another job`)
}

export const createChildren = ({ accept, canceller, recent, db }: ChildrenParts): Children => {
  const stored = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw storeError(error)
    })
  /** The last submission of each parent: another attempt of it that asks for the same waits for the first. */
  const last = new Map<string, Promise<unknown>>()

  const childOf = (given: unknown, number: number): Child => {
    const submission = parse(given, number)
    const { publisher, job } = accept(submission)
    const jobId = publisher.reserveId(job.key)
    return { submission, publisher, job, reservation: { number, jobId, bodyHash: hashOf(submission) } }
  }

  /** In the order of their numbers, those that may not be in the log yet. One that was there gets the same id again, which is harmless. */
  const publish = async (
    parent: string,
    children: readonly Child[],
    reserved: readonly ChildReservation[],
  ): Promise<void> => {
    const open = children.flatMap((child, n) => {
      const at = reserved[n]
      if (at === undefined) return []
      checkHash(child, at)
      return at.published ? [] : [{ ...child, id: at.jobId }]
    })
    const ended = await Promise.allSettled(
      open.map(async ({ publisher, job, id, submission: { type, key }, reservation: { number } }) => {
        const { offset } = await publisher.publish({ ...job, id })
        recent.add({ id, type, key, offset })
        return number
      }),
    )
    const published = ended.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
    // Were this lost, a repeat would publish the same ids again.
    if (published.length > 0) await stored(markChildrenPublished(db, parent, published))
    const failed = ended.find((it) => it.status === 'rejected')
    if (failed) throw failed.reason
  }

  const submit = async (
    parent: string,
    first: number,
    given: readonly unknown[],
  ): Promise<readonly string[]> => {
    const children = given.map((it, n) => childOf(it, first + n))
    const reserved = await stored(
      reserveChildren(
        db,
        parent,
        children.map(({ reservation }) => reservation),
      ),
    )
    await publish(parent, children, reserved)
    const ids = reserved.map(({ jobId }) => jobId)
    // Whoever cancels the parent cancels the children that are reserved by then. These may have come after.
    if ((await stored(findOutcomes(db, [parent]))).get(parent) === 'cancelled') {
      await canceller.byIds(ids)
      throw new AppError('CANCELLED', 'the job whose children these are was cancelled')
    }
    return ids
  }

  return {
    async submit(parent, first, given) {
      const before = last.get(parent) ?? Promise.resolve()
      const now = before.then(() => submit(parent, first, given))
      const over = now.then(
        () => {},
        () => {},
      )
      last.set(parent, over)
      void over.then(() => last.get(parent) === over && last.delete(parent))
      return now
    },
    cancel: async (ids) => [...(await canceller.byIds(ids))],
  }
}
