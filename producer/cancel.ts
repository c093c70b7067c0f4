/** Cancels jobs that are alive: queued, parked or running. */
import { AppError } from '../core/errors.ts'
import { type Attempt, isOutcomeStatus, type Job, type JobStatus } from '../core/job.ts'
import { readJobId } from '../core/job-id.ts'
import { type Cancellation, cancelJobs, cancelledError } from '../core/store/cancellations.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { unendedChildren } from '../core/store/reservations.ts'
import type { Finder, RecentJobs } from './find-job.ts'
import type { Fleet } from './fleet/fleet.ts'
import { CONTROL_EPOCH } from './queue.ts'

export interface CancelParts {
  readonly db: Database
  readonly schema: string
  readonly nodeId: string
  readonly finder: Finder
  readonly fleet: Fleet
  readonly recent: RecentJobs
}

export const aliveStatuses = ['queued', 'running', 'failed'] as const satisfies readonly JobStatus[]

export interface CancelFilter {
  readonly ids?: readonly string[] | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly status?: readonly (typeof aliveStatuses)[number][] | undefined
  /** Submitted before this time, milliseconds since the epoch. */
  readonly before?: number | undefined
  readonly limit: number
}

export interface CancelledJobs {
  readonly cancelled: readonly string[]
  /** They had ended before. */
  readonly tooLate: number
  /** Of the ids asked for: unknown, or they don't fit. */
  readonly notFound: number
}

export interface Canceller {
  /**
   * Cancels a job; undefined where there is none. One that is cancelled already stays so.
   * @throws AppError JOB_ENDED where it has ended otherwise; STORE_UNAVAILABLE, KAFKA_UNAVAILABLE
   */
  one(id: string): Promise<Job | undefined>
  /** Cancels those alive that fit. @throws AppError STORE_UNAVAILABLE, KAFKA_UNAVAILABLE */
  many(filter: CancelFilter): Promise<CancelledJobs>
  /**
   * Cancels those of these jobs that have no outcome, and resolves to which. They are known to have been there: nobody is asked what
   * they are. @throws AppError STORE_UNAVAILABLE
   */
  byIds(ids: readonly string[]): Promise<ReadonlySet<string>>
}

/** Looked up at once: each may ask Kafka. */
const LOOK_UPS = 8

/** A replay may come between a look and the cancellation, again and again in theory. */
const TRIES = 3

/** The first id of a time: all that were submitted before it are less. */
export const firstIdAt = (ms: number): string => {
  const time = Math.min(Math.max(ms, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

/** The attempt that runs ends with this. */
const ended = (attempts: readonly Attempt[], at: string): Attempt[] =>
  attempts.map((it) => (it.finishedAt === undefined ? { ...it, finishedAt: at, error: cancelledError } : it))

/** What has ended fits any status: it is too late for it. */
export const fitsCancel = (job: Job, { type, key, status, before }: Omit<CancelFilter, 'limit'>): boolean =>
  (type === undefined || job.type === type) &&
  (key === undefined || job.key === key) &&
  (status === undefined || isOutcomeStatus(job.status) || status.some((it) => it === job.status)) &&
  (before === undefined || Date.parse(job.submittedAt) < before)

export const createCanceller = ({ db, schema, nodeId, finder, fleet, recent }: CancelParts): Canceller => {
  const cancellationOf = (job: Job): Cancellation[] => {
    const named = byId(job.id)
    const at = new Date().toISOString()
    return named.map((it) => ({
      ...it,
      type: job.type,
      key: job.key,
      submittedAt: Date.parse(job.submittedAt),
      startedAt: job.startedAt === undefined ? undefined : Date.parse(job.startedAt),
      attempts: ended(job.attempts, at),
      worker: job.worker,
    }))
  }

  /** What the id says, and what is remembered of it. */
  const byId = (id: string): Cancellation[] => {
    const about = readJobId(id)
    if (about === undefined) return []
    const { type, key, offset } = recent.get(id) ?? {}
    const { partition, submittedAt } = about
    return [{ id, topic: finder.topicOf(id), partition, type, key, offset, submittedAt }]
  }

  const cancel = async (given: readonly Cancellation[]): Promise<Set<string>> => {
    const cancelled = await cancelJobs(db, schema, given).catch((error: unknown) => {
      throw storeError(error)
    })
    const at = Date.now()
    // Whoever watches one of them here need not wait for the next look. Elsewhere they learn of it within that time.
    const gone = given
      .filter(({ id }) => cancelled.has(id))
      .map(({ id, type = '' }) => ({ id, type, status: 'cancelled' as const, at, error: cancelledError }))
    if (gone.length > 0)
      fleet.apply({ kind: 'jobs', at, node: nodeId, started: [], progress: [], ended: gone })
    await cancelChildren([...cancelled])
    return cancelled
  }

  /** Of control jobs that are cancelled: what they have fanned out into goes with them. */
  const cancelChildren = async (ids: readonly string[]): Promise<void> => {
    const parents = ids.filter((id) => readJobId(id)?.epoch === CONTROL_EPOCH)
    if (parents.length === 0) return
    const children = await unendedChildren(db, parents).catch((error: unknown) => {
      throw storeError(error)
    })
    await cancel(children.flatMap(byId))
  }

  /** Those of these ids that are there, whether or not they have ended. */
  const findAll = async (ids: readonly string[]): Promise<Job[]> => {
    const found: Job[] = []
    const left = ids.values()
    const lookUp = async (): Promise<void> => {
      for (const id of left) {
        const job = await finder.find(id)
        if (job) found.push(job)
      }
    }
    await Promise.all(Array.from({ length: LOOK_UPS }, lookUp))
    return found
  }

  const one = async (id: string): Promise<Job | undefined> => {
    for (let tries = 1; ; tries++) {
      const job = await finder.find(id)
      if (job?.status === 'cancelled') {
        // Also by one who did not come to its children.
        await cancelChildren([id])
        return job
      }
      if (!job) return undefined
      if (isOutcomeStatus(job.status))
        throw new AppError('JOB_ENDED', `The job has ended before: it is ${job.status}.`)
      if (tries > TRIES) {
        const message = 'The job was put back while it was being cancelled, again and again: try again.'
        throw new AppError('STORE_UNAVAILABLE', message, { retryable: true, retryAfterS: 1 })
      }
      await cancel(cancellationOf(job))
    }
  }

  const many = async (filter: CancelFilter): Promise<CancelledJobs> => {
    const { ids, type, key, status, before, limit } = filter
    const after = before === undefined ? undefined : firstIdAt(before)
    const asked = ids && [...new Set(ids)].slice(0, limit)
    const found = asked
      ? (await findAll(asked)).filter((job) => fitsCancel(job, filter))
      : await finder.alive({ type, key, statuses: status, after, limit })
    const alive = found.filter((job) => !isOutcomeStatus(job.status))
    const cancelled = await cancel(alive.flatMap(cancellationOf))
    return {
      cancelled: found.map(({ id }) => id).filter((id) => cancelled.has(id)),
      tooLate: found.length - cancelled.size,
      notFound: asked ? asked.length - found.length : 0,
    }
  }

  return { one, many, byIds: (ids) => cancel(ids.flatMap(byId)) }
}
