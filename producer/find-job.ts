/** Where a job stands, from all that know: outcomes (the store), running (the fleet), waiting (the log). */
import { isOutcomeStatus, type Job, type JobStatus } from '../core/job.ts'
import { readJobId } from '../core/job-id.ts'
import { kafkaError } from '../core/kafka/client.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { findOutcomes, getOutcome, listOutcomes, type OutcomeFilter } from '../core/store/outcomes.ts'
import type { Fleet, RunningJob } from './fleet/fleet.ts'
import type { Queue } from './queue.ts'

/** What this master accepted lately: a waiting record's type and key are only in the log. */
export interface RecentJob {
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  /** Where it lies in its partition, if known. */
  readonly offset: number | undefined
}

const MAX_RECENT = 20_000

export class RecentJobs {
  readonly #jobs = new Map<string, RecentJob>()

  add(job: RecentJob): void {
    this.#jobs.set(job.id, job)
    for (const id of this.#jobs.keys()) {
      if (this.#jobs.size <= MAX_RECENT) break
      this.#jobs.delete(id)
    }
  }

  remove(id: string): void {
    this.#jobs.delete(id)
  }

  get(id: string): RecentJob | undefined {
    return this.#jobs.get(id)
  }

  all(): IterableIterator<RecentJob> {
    return this.#jobs.values()
  }
}

export interface FinderParts {
  readonly db: Database
  readonly fleet: Fleet
  readonly recent: RecentJobs
  readonly queues: readonly Queue[]
}

export interface ListFilter extends Omit<OutcomeFilter, 'status'> {
  readonly status?: JobStatus | undefined
}

export interface Finder {
  /** @throws AppError STORE_UNAVAILABLE, KAFKA_UNAVAILABLE */
  find(id: string): Promise<Job | undefined>
  /** Newest first. Waiting jobs are listed where this master accepted them. @throws AppError STORE_UNAVAILABLE */
  list(filter: ListFilter): Promise<Job[]>
}

const submittedAtOf = (id: string): string => new Date(readJobId(id)?.submittedAt ?? 0).toISOString()

const runningJob = ({ id, type, key, attempt, at, worker }: RunningJob): Job => {
  const startedAt = new Date(at).toISOString()
  return {
    id,
    type,
    ...(key === undefined ? {} : { key }),
    status: 'running',
    attempts: [{ attempt, startedAt, worker }],
    submittedAt: submittedAtOf(id),
    startedAt,
    worker,
  }
}

const byNewest = (a: Job, b: Job): number => (a.id < b.id ? 1 : -1)

export const createFinder = ({ db, fleet, recent, queues }: FinderParts): Finder => {
  const outcome = (id: string): Promise<Job | undefined> =>
    getOutcome(db, id).catch((error: unknown) => {
      throw storeError(error)
    })

  /** A job that neither ended nor runs, as far as known: it waits, for its first attempt or another. */
  const waitingJob = (id: string): Job => {
    const about = recent.get(id)
    const last = fleet.ended(id)
    const type = about?.type ?? last?.type
    return {
      id,
      ...(type === undefined ? {} : { type }),
      ...(about?.key === undefined ? {} : { key: about.key }),
      status: last?.status === 'failed' ? 'failed' : 'queued',
      attempts: [],
      submittedAt: submittedAtOf(id),
      ...(last?.error === undefined ? {} : { error: last.error }),
    }
  }

  const find = async (id: string): Promise<Job | undefined> => {
    const parts = readJobId(id)
    if (!parts) return undefined
    const ended = await outcome(id)
    if (ended) return ended
    const running = fleet.running(id)
    if (running) return runningJob(running)
    const queue = queues.find(({ epoch }) => epoch === parts.epoch)
    const located = await queue?.locate(id, recent.get(id)?.offset).catch((error: unknown) => {
      throw kafkaError(error)
    })
    // It may have ended between the two questions: the log says that it was read, and by now the store says how.
    if (!located) return outcome(id)
    const { position, estimatedStartAt } = located
    const estimate =
      estimatedStartAt === undefined ? {} : { estimatedStartAt: new Date(estimatedStartAt).toISOString() }
    return { ...waitingJob(id), position, ...estimate }
  }

  /** Running and waiting jobs that fit, newest first, as they are known this moment. */
  const alive = ({ status, type, key, after }: ListFilter): Job[] => {
    const running = fleet.allRunning().map(runningJob)
    const runs = new Set(running.map(({ id }) => id))
    const waiting = [...recent.all()].filter(({ id }) => !runs.has(id)).map(({ id }) => waitingJob(id))
    return [...running, ...waiting]
      .filter((job) => status === undefined || job.status === status)
      .filter((job) => type === undefined || job.type === type)
      .filter((job) => key === undefined || job.key === key)
      .filter((job) => after === undefined || job.id < after)
      .sort(byNewest)
  }

  /** The first `limit` of these that have no outcome yet. */
  const unended = async (jobs: readonly Job[], limit: number): Promise<Job[]> => {
    const found: Job[] = []
    for (let from = 0; from < jobs.length && found.length < limit; from += limit) {
      const some = jobs.slice(from, from + limit)
      const ended = await findOutcomes(
        db,
        some.map(({ id }) => id),
      )
      for (const id of ended.keys()) recent.remove(id)
      found.push(...some.filter(({ id }) => !ended.has(id)))
    }
    return found.slice(0, limit)
  }

  const list = async (filter: ListFilter): Promise<Job[]> => {
    const { status, ...rest } = filter
    try {
      if (isOutcomeStatus(status)) return await listOutcomes(db, { ...rest, status })
      // In this order: what ends between the two look-ups is in the second.
      const open = await unended(alive(filter), filter.limit)
      const ended = status === undefined ? await listOutcomes(db, rest) : []
      const seen = new Set(ended.map(({ id }) => id))
      return [...open.filter(({ id }) => !seen.has(id)), ...ended].sort(byNewest).slice(0, filter.limit)
    } catch (error) {
      throw storeError(error)
    }
  }

  return { find, list }
}
