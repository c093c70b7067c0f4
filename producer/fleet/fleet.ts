/**
 * What the master knows of the fleet from its events: workers, what runs where, what the scaler decided.
 * News, not truth: outcomes are the store's, waiting jobs are the log's.
 */
import {
  type Decision,
  decisionKey,
  type FleetEvent,
  type HeartbeatEvent,
  type JobEnded,
  type JobStarted,
  type JobsEvent,
} from '../../core/events/event.ts'
import type { Attempt } from '../../core/job.ts'
import { Histories } from './histories.ts'
import { type BusyWorker, oldestFirst, type WorkerJob, type WorkerView, workerOf } from './worker-view.ts'

/** A node that was silent for this long is gone. */
const SILENT_MS = 4_000
/** The newest are remembered. */
export const MAX_DECISIONS = 200
/** Nodes and scalers tell of themselves once a second: without any news for this long something is missing. */
const CURRENT_MS = 2_000
/** Ends remembered for whoever asks just after: a job may end before its submitter waits for it. */
const MAX_ENDED = 20_000

export interface RunningJob extends Omit<JobStarted, 'attempts' | 'progress'> {
  readonly worker: string
  /** All that are known, the running one last. */
  readonly attempts: readonly Attempt[]
}

interface WorkerState {
  readonly beat: HeartbeatEvent
  readonly heardAt: number
  readonly running: Map<string, JobStarted>
}

type Listener = (event: FleetEvent) => void

export class Fleet {
  readonly #workers = new Map<string, WorkerState>()
  readonly #ended = new Map<string, JobEnded>()
  readonly #histories = new Histories()
  readonly #listeners = new Set<Listener>()
  readonly #now: () => number
  #decisions: Decision[] = []
  /** The newest event's time. */
  #heardOf = 0
  #scaler: { min: number; max: number; desired: number; heardAt: number } | undefined

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  apply(event: FleetEvent): void {
    this.#heardOf = Math.max(this.#heardOf, Math.min(event.at, this.#now()))
    if (event.kind === 'heartbeat') this.#onHeartbeat(event)
    else if (event.kind === 'jobs') this.#onJobs(event)
    else {
      const { min, max, desired, decision } = event
      this.#scaler = { min, max, desired, heardAt: this.#now() }
      if (decision) this.recall([decision])
    }
    for (const listener of this.#listeners) listener(event)
  }

  /** Adds decisions, each once: a master that starts hears of the last ones anew, and finds those before in the store. */
  recall(decisions: readonly Decision[]): void {
    const known = new Map([...decisions, ...this.#decisions].map((it) => [decisionKey(it), it]))
    const newestFirst = [...known.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    this.#decisions = newestFirst.slice(0, MAX_DECISIONS)
  }

  /** Whether it knows what is now: not while a master that has started still reads old events, nor while none come. */
  get isCurrent(): boolean {
    return this.#now() - this.#heardOf < CURRENT_MS
  }

  /** Calls the listener with each event from now on; returns how to stop that. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Nodes that are alive, oldest first. */
  workers(): WorkerView[] {
    return this.#alive()
      .map(({ beat }) => workerOf(beat))
      .sort(oldestFirst)
  }

  /** The same with what each of them runs. */
  busyWorkers(): BusyWorker[] {
    return this.#alive()
      .map(({ beat, running }) => ({
        ...workerOf(beat),
        ...(beat.concurrency === undefined ? {} : { concurrency: beat.concurrency }),
        leaving: beat.leaving,
        jobs: [...running.values()].sort((a, b) => a.at - b.at).map((job) => this.#workerJob(beat.node, job)),
      }))
      .sort(oldestFirst)
  }

  /** How many jobs of each type run. */
  runningByType(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { running } of this.#alive())
      for (const { type } of running.values()) counts.set(type, (counts.get(type) ?? 0) + 1)
    return counts
  }

  /** Workers that take jobs. */
  get readyWorkers(): number {
    return this.#alive().filter(({ beat }) => beat.nodeType === 'child' && !beat.leaving).length
  }

  running(id: string): RunningJob | undefined {
    for (const { beat, running } of this.#alive()) {
      const job = running.get(id)
      if (job) return this.#runningJob(job, beat.node)
    }
    return undefined
  }

  /** Attempts that ended of a job that has no outcome, as far as events told of them. */
  attempts(id: string): readonly Attempt[] {
    return this.#histories.ended(id)
  }

  allRunning(): RunningJob[] {
    return this.#alive().flatMap(({ beat, running }) =>
      [...running.values()].map((job) => this.#runningJob(job, beat.node)),
    )
  }

  /** How a job ended or failed last, if that was lately. */
  ended(id: string): JobEnded | undefined {
    return this.#ended.get(id)
  }

  /** What the scaler said last, or undefined without a scaler. */
  get scaler(): { min: number; max: number; desired: number } | undefined {
    return this.#scaler && this.#now() - this.#scaler.heardAt < 10 * SILENT_MS ? this.#scaler : undefined
  }

  /** Newest first. */
  get decisions(): readonly Decision[] {
    return this.#decisions
  }

  #alive(): WorkerState[] {
    const since = this.#now() - SILENT_MS
    for (const [node, { heardAt }] of this.#workers) if (heardAt < since) this.#workers.delete(node)
    return [...this.#workers.values()]
  }

  #workerJob(node: string, { id, type, key, attempt, at, progress }: JobStarted): WorkerJob {
    const told = this.#histories.told(node, id, attempt).progress ?? progress
    return {
      id,
      type,
      ...(key === undefined ? {} : { key }),
      attempt,
      startedAt: new Date(at).toISOString(),
      ...(told ? { progress: told } : {}),
    }
  }

  #runningJob({ attempts: _ended, progress: _told, ...job }: JobStarted, worker: string): RunningJob {
    const { id, attempt, at } = job
    const before = this.#histories.ended(id).filter((it) => it.attempt < attempt)
    const startedAt = new Date(at).toISOString()
    const told = this.#histories.told(worker, id, attempt)
    const attempts = [...before, { attempt, startedAt, worker, ...told }]
    return { ...job, worker, attempts }
  }

  #onHeartbeat(beat: HeartbeatEvent): void {
    // A master that starts reads old events too: a heartbeat of long ago is no sign of life.
    if (beat.at < this.#now() - SILENT_MS) return
    const running = new Map(beat.running.map((job) => [job.id, job]))
    const key = `${beat.nodeType}/${beat.node}`
    this.#workers.set(key, { beat, heardAt: this.#now(), running })
    for (const job of beat.running) this.#histories.onRun(beat.node, job)
  }

  #onJobs({ node, started, ended, progress }: JobsEvent): void {
    const worker = this.#workers.get(`child/${node}`) ?? this.#workers.get(`master/${node}`)
    // In the order of what happened: one event may hold the end of an attempt and the start of the next.
    const changes = [...started, ...ended].sort((a, b) => a.at - b.at)
    for (const change of changes) {
      if ('status' in change) {
        worker?.running.delete(change.id)
        const { attempt: _attempt, ...end } = change
        this.#ended.set(change.id, end)
        if (change.status === 'failed') this.#histories.onFailed(change)
        else this.#histories.forget(change.id)
      } else {
        worker?.running.set(change.id, change)
        this.#ended.delete(change.id)
        this.#histories.onRun(node, change)
      }
    }
    for (const noted of progress) if (!this.#ended.has(noted.id)) this.#histories.onNoted(node, noted)
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= MAX_ENDED) break
      this.#ended.delete(id)
    }
  }
}
