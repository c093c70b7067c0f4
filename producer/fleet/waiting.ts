import type { Job } from '../../core/job.ts'
import { withPriority } from '../../core/job-id.ts'
import type { Database } from '../../core/store/database.ts'
import { grouped } from '../../core/store/grouped.ts'
import { findOutcomes, getOutcomes } from '../../core/store/outcomes.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Fleet } from './fleet.ts'

/** Events can be lost, so the store is asked too, once for all who wait. */
const POLL_MS = 1_000

/** Wakes those who wait for a job's end: at once on the event, within a second without it. */
export class Waiting {
  readonly #fleet: Fleet
  readonly #db: Database
  readonly #outcome: (id: string) => Promise<Job | undefined>
  readonly #log: Logger
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #unlisten: () => void
  readonly #timer: NodeJS.Timeout
  #polling = false

  constructor(fleet: Fleet, db: Database, log: Logger) {
    this.#fleet = fleet
    this.#db = db
    this.#outcome = grouped((ids) => getOutcomes(db, ids))
    this.#log = log
    this.#unlisten = fleet.listen((event) => {
      if (event.kind !== 'jobs') return
      for (const { id, status } of event.ended) if (status !== 'failed') this.#wake(id)
    })
    this.#timer = setInterval(() => void this.#poll(), POLL_MS)
    this.#timer.unref()
  }

  stop(): void {
    this.#unlisten()
    clearInterval(this.#timer)
  }

  /** The ended job, or undefined when `signal` aborts first. @throws whatever the store throws */
  async outcome(id: string, signal: AbortSignal): Promise<Job | undefined> {
    const ended = this.#fleet.ended(id)
    if (!ended || ended.status === 'failed') await this.#end(id, signal)
    if (signal.aborted && !this.#fleet.ended(id)) return undefined
    const job = await this.#outcome(id)
    return job && withPriority(job)
  }

  #end(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? new Set()
      this.#waiters.set(id, waiters)
      const done = (): void => {
        waiters.delete(done)
        if (waiters.size === 0) this.#waiters.delete(id)
        signal.removeEventListener('abort', done)
        resolve()
      }
      waiters.add(done)
      if (signal.aborted) done()
      else signal.addEventListener('abort', done, { once: true })
    })
  }

  #wake(id: string): void {
    for (const done of this.#waiters.get(id) ?? []) done()
  }

  async #poll(): Promise<void> {
    if (this.#polling || this.#waiters.size === 0) return
    this.#polling = true
    try {
      for (const id of (await findOutcomes(this.#db, [...this.#waiters.keys()])).keys()) this.#wake(id)
    } catch (error) {
      this.#log.debug({ err: error }, 'outcomes of those who wait can’t be read')
    } finally {
      this.#polling = false
    }
  }
}
