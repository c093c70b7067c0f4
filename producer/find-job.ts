/** Where a job stands, from all that know: outcomes and parked jobs (the store), running (the fleet), waiting (the log). */
import { isOutcomeStatus, type Job, type JobStatus, withoutLogs } from '../core/job.ts'
import { readJobId, withPriority } from '../core/job-id.ts'
import { kafkaError } from '../core/kafka/client.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { findOutcomes, getOutcome, listOutcomes, type OutcomeFilter } from '../core/store/outcomes.ts'
import { findParked, getParked, listParked } from '../core/store/parked.ts'
import type { Fleet, RunningJob } from './fleet/fleet.ts'
import { parkedJob } from './parked-job.ts'
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
  /**
   * The ids in a ring, the oldest next to go. (To ask a Map for its first key is dear: it passes over all that were deleted
   * before it, thousands.)
   */
  readonly #ids: string[] = []
  #next = 0

  add(job: RecentJob): void {
    if (!this.#jobs.has(job.id)) {
      const oldest = this.#ids[this.#next]
      if (oldest !== undefined) this.#jobs.delete(oldest)
      this.#ids[this.#next] = job.id
      this.#next = (this.#next + 1) % MAX_RECENT
    }
    this.#jobs.set(job.id, job)
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

/** Jobs without an outcome. */
export interface AliveFilter extends Omit<OutcomeFilter, 'status'> {
  /** Any of them; undefined: all. */
  readonly statuses?: readonly JobStatus[] | undefined
}

export interface Finder {
  /** @throws AppError STORE_UNAVAILABLE, KAFKA_UNAVAILABLE */
  find(id: string): Promise<Job | undefined>
  /** The job where it runs, as events tell it: asks nobody. */
  running(id: string): Job | undefined
  /** Newest first. Waiting jobs are listed where this master accepted them. @throws AppError STORE_UNAVAILABLE */
  list(filter: ListFilter): Promise<Job[]>
  /** Those without an outcome alone, newest first. @throws AppError STORE_UNAVAILABLE */
  alive(filter: AliveFilter): Promise<Job[]>
  /** The topic of a job, by its id alone; undefined: none of now. */
  topicOf(id: string): string | undefined
}

const submittedAtOf = (id: string): string => new Date(readJobId(id)?.submittedAt ?? 0).toISOString()

const runningJob = ({ id, type, key, schedule, at, worker, attempts }: RunningJob): Job => {
  const progress = attempts.at(-1)?.progress
  return {
    id,
    type,
    ...(key === undefined ? {} : { key }),
    status: 'running',
    ...(schedule ? { schedule } : {}),
    attempts: [...attempts],
    submittedAt: submittedAtOf(id),
    startedAt: attempts[0]?.startedAt ?? new Date(at).toISOString(),
    worker,
    ...(progress ? { progress } : {}),
  }
}

const byNewest = (a: Job, b: Job): number => (a.id < b.id ? 1 : -1)

export const createFinder = ({ db, fleet, recent, queues }: FinderParts): Finder => {
  const rethrow = (error: unknown): never => {
    throw storeError(error)
  }
  const outcome = (id: string): Promise<Job | undefined> => getOutcome(db, id).catch(rethrow)
  const parked = async (id: string): Promise<Job | undefined> => {
    const view = await getParked(db, id).catch(rethrow)
    return view && parkedJob(view)
  }
  const queueOf = (id: string): Queue | undefined => {
    const epoch = readJobId(id)?.epoch
    return queues.find((it) => it.epoch === epoch)
  }

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
      attempts: [...fleet.attempts(id)],
      submittedAt: submittedAtOf(id),
      ...(last?.error === undefined ? {} : { error: last.error }),
    }
  }

  const find = async (id: string): Promise<Job | undefined> => {
    if (!readJobId(id)) return undefined
    const ended = await outcome(id)
    if (ended) return ended
    const running = fleet.running(id)
    if (running) return runningJob(running)
    const waits = await parked(id)
    if (waits) return waits
    const located = await queueOf(id)
      ?.locate(id, recent.get(id)?.offset)
      .catch((error: unknown) => {
        throw kafkaError(error)
      })
    // It may have ended or been parked between the questions: the log says that it was read, and by now the store says the rest.
    // In this order: what is parked may end meanwhile, but what has ended is parked again by a replay alone.
    if (!located) return (await parked(id)) ?? outcome(id)
    const { position, estimatedStartAt } = located
    const estimate =
      estimatedStartAt === undefined ? {} : { estimatedStartAt: new Date(estimatedStartAt).toISOString() }
    return { ...waitingJob(id), position, ...estimate }
  }

  /** Running and waiting jobs that fit, newest first, as they are known this moment. */
  const remembered = ({ statuses, type, key, after }: AliveFilter): { jobs: Job[]; runs: Set<string> } => {
    const running = fleet.allRunning().map(runningJob)
    const runs = new Set(running.map(({ id }) => id))
    const waiting = [...recent.all()].filter(({ id }) => !runs.has(id)).map(({ id }) => waitingJob(id))
    const jobs = [...running, ...waiting]
      .filter((job) => statuses === undefined || statuses.includes(job.status))
      .filter((job) => type === undefined || job.type === type)
      .filter((job) => key === undefined || job.key === key)
      .filter((job) => after === undefined || job.id < after)
      .sort(byNewest)
    return { jobs, runs }
  }

  /** The first `limit` of these that have no outcome yet, and are not parked unless they run. */
  const unended = async (jobs: readonly Job[], runs: ReadonlySet<string>, limit: number): Promise<Job[]> => {
    const found: Job[] = []
    for (let from = 0; from < jobs.length && found.length < limit; from += limit) {
      const some = jobs.slice(from, from + limit)
      const ids = some.map(({ id }) => id)
      const waiting = ids.filter((id) => !runs.has(id))
      const [ended, parks] = await Promise.all([findOutcomes(db, ids), findParked(db, waiting)])
      for (const id of ended.keys()) recent.remove(id)
      found.push(...some.filter(({ id }) => !ended.has(id) && !parks.has(id)))
    }
    return found.slice(0, limit)
  }

  /** Parked jobs that fit and don't run, newest first. */
  const parkedJobs = async (filter: AliveFilter, runs: ReadonlySet<string>): Promise<Job[]> => {
    const { statuses = ['queued', 'failed'], type, key, limit } = filter
    const [queued, failed] = [statuses.includes('queued'), statuses.includes('failed')]
    const found: Job[] = []
    let { after } = filter
    for (let more = queued || failed; more && found.length < limit; ) {
      const attempted = queued && failed ? undefined : failed
      const page = await listParked(db, { type, key, attempted, after, limit })
      found.push(...page.filter(({ id }) => !runs.has(id)).map(parkedJob))
      more = page.length === limit
      after = page.at(-1)?.id
    }
    return found.slice(0, limit)
  }

  // The log and the fleet before what is parked, and that before what has ended, as jobs go: what moves on between two look-ups is in the second.
  const alive = async (filter: AliveFilter): Promise<Job[]> => {
    const { jobs, runs } = remembered(filter)
    const open = await unended(jobs, runs, filter.limit)
    const parks = await parkedJobs(filter, runs)
    const seen = new Set(parks.map(({ id }) => id))
    return [...open.filter(({ id }) => !seen.has(id)), ...parks].sort(byNewest).slice(0, filter.limit)
  }

  const list = async (filter: ListFilter): Promise<Job[]> => {
    const { status, ...rest } = filter
    if (isOutcomeStatus(status)) return listOutcomes(db, { ...rest, status })
    const open = await alive({ ...rest, statuses: status && [status] })
    const ended = status === undefined ? await listOutcomes(db, rest) : []
    const seen = new Set(ended.map(({ id }) => id))
    return [...open.filter(({ id }) => !seen.has(id)), ...ended].sort(byNewest).slice(0, filter.limit)
  }

  const listed = (job: Job): Job => withoutLogs(withPriority(job))

  return {
    find: async (id) => {
      const found = await find(id)
      return found && withPriority(found)
    },
    running: (id) => {
      const status = fleet.ended(id)?.status
      const found = status === undefined || status === 'failed' ? fleet.running(id) : undefined
      return found && withPriority(runningJob(found))
    },
    list: async (filter) => (await list(filter).catch(rethrow)).map(listed),
    alive: async (filter) => (await alive(filter).catch(rethrow)).map(listed),
    topicOf: (id) => queueOf(id)?.topic,
  }
}
