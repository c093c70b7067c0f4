import { Counter, Histogram, type Registry } from 'prom-client'
import type { JobEnded, JobNoted, JobStarted } from '../core/events/event.ts'
import type { EventPublisher } from '../core/events/publisher.ts'
import type { Attempt, JobError } from '../core/job.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import { AttemptNotes } from './attempt-notes.ts'
import type { Ended } from './engine/claim.ts'
import { briefly, heartbeatRunning, jobsEvents } from './job-events.ts'
import type { Result, Task } from './task.ts'

/** Starts wait this long for company (ends go at once, with the group commit that made them true). */
const GATHER_MS = 50
/** What attempts tell of themselves waits this long: a job is told of four times a second at most. */
const NOTES_MS = 250

interface Running {
  readonly started: JobStarted
  readonly notes: AttemptNotes
}

/** Tells what happens to jobs: events for the masters, metrics for the operator, a log line for what failed. */
export class Reporter {
  readonly #events: EventPublisher
  readonly #node: string
  readonly #log: Logger
  readonly #running = new Map<string, Running>()
  /** Ids of those that have told something since the last event. */
  readonly #noted = new Set<string>()
  #started: JobStarted[] = []
  #failed: JobEnded[] = []
  #timer: NodeJS.Timeout | undefined
  #notesTimer: NodeJS.Timeout | undefined
  readonly #finished: Counter<'type' | 'status'>
  readonly #seconds: Histogram<'type'>
  readonly #poison: Counter

  constructor(events: EventPublisher, node: string, registry: Registry, log: Logger) {
    this.#events = events
    this.#node = node
    this.#log = log
    this.#finished = new Counter({
      name: 'anomgrd_jobs_finished_total',
      help: 'Attempts that ended, by type and by what came of them: an outcome, or failed (another attempt follows)',
      labelNames: ['type', 'status'],
      registers: [registry],
    })
    this.#seconds = new Histogram({
      name: 'anomgrd_job_seconds',
      help: 'Time from a job’s last start to its end',
      labelNames: ['type'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers: [registry],
    })
    this.#poison = new Counter({
      name: 'anomgrd_records_invalid_total',
      help: 'Records of the log that are no jobs',
      registers: [registry],
    })
  }

  /** The jobs that run now, as a heartbeat tells them. */
  running(): JobStarted[] {
    return heartbeatRunning(
      [...this.#running.values()].map(({ started, notes: { lastProgress: progress } }) =>
        progress ? { ...started, progress } : started,
      ),
    )
  }

  /** An attempt starts; `before`: those that ended before it. Gives where it may tell of itself, which is passed on from here. */
  started(job: JobRecord, attempt: number, at: number, before: readonly Attempt[] = []): AttemptNotes {
    const { id, type, key } = job
    const { schedule } = job.options
    const started: JobStarted = { id, type, attempt, at }
    if (key !== undefined) started.key = key
    if (schedule) started.schedule = schedule
    if (before.length > 0) Object.assign(started, briefly(before))
    const notes = new AttemptNotes(() => {
      if (this.#noted.has(id) || this.#running.get(id)?.notes !== notes) return
      this.#noted.add(id)
      if (this.#notesTimer === undefined) this.#notesTimer = setTimeout(() => this.#tellNotes(), NOTES_MS)
    })
    this.#running.set(id, { started, notes })
    this.#started.push(started)
    this.#timer ??= setTimeout(() => this.#flush([]), GATHER_MS)
    return notes
  }

  /** An attempt failed and another follows; `attempt` is its record. */
  failed(job: JobRecord, error: JobError, at: number, attempt?: Attempt): void {
    this.#end(job.id)
    this.#finished.inc({ type: job.type, status: 'failed' })
    this.#log.info({ job: job.id, type: job.type, error }, 'an attempt failed; another follows')
    const { id, type } = job
    this.#failed.push({ id, type, status: 'failed', at, error, ...(attempt ? { attempt } : {}) })
    this.#timer ??= setTimeout(() => this.#flush([]), GATHER_MS)
  }

  /** A record that is no job. */
  poison(partition: number, offset: number, error: JobError): void {
    this.#poison.inc()
    this.#log.warn({ partition, offset, error }, 'a record is no job; it goes to the dead letters')
  }

  /** A group is durable. */
  recorded(group: readonly Ended<Task, Result>[]): void {
    const ended: JobEnded[] = []
    for (const it of group) {
      const outcome = 'result' in it ? it.result.outcome : undefined
      if (!outcome) continue
      const { id, type, status, finishedAt, error } = outcome
      const last = this.#running.get(id)?.started
      this.#end(id)
      this.#finished.inc({ type, status })
      if (last) this.#seconds.observe({ type }, Math.max(0, finishedAt - last.at) / 1000)
      if (status === 'dead') this.#log.warn({ job: id, type, error }, 'a job is dead')
      ended.push(error ? { id, type, status, at: finishedAt, error } : { id, type, status, at: finishedAt })
    }
    this.#flush(ended)
  }

  /** The job belongs to another worker now: whatever came of it here does not count. */
  lost(job: JobRecord): void {
    this.#end(job.id)
  }

  #end(id: string): void {
    this.#running.delete(id)
    this.#noted.delete(id)
  }

  /** With what waits: a job is never told of before its start. */
  #tellNotes(): void {
    this.#notesTimer = undefined
    const at = Date.now()
    const noted: JobNoted[] = []
    for (const id of this.#noted) {
      const { started, notes } = this.#running.get(id) ?? {}
      const news = notes?.take()
      if (started && news) noted.push({ id, attempt: started.attempt, at, ...news })
    }
    this.#noted.clear()
    this.#flush([], noted)
  }

  #flush(ended: JobEnded[], progress: JobNoted[] = []): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const news = { started: this.#started, ended: [...this.#failed, ...ended], progress }
    this.#started = []
    this.#failed = []
    for (const event of jobsEvents(this.#node, Date.now(), news)) this.#events.publish(event)
  }
}
