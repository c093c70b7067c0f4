/** What limits a worker knows of, and the permits that its jobs hold. */
import { AppError, toError } from '../core/errors.ts'
import { type Limit, limitsOf } from '../core/limits.ts'
import type { Database } from '../core/store/database.ts'
import { readLimits } from '../core/store/limits.ts'
import { releasePermits, renewPermits, takePermits } from '../core/store/permits.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Claim } from './engine/claim.ts'
import type { GateStore } from './engine/gate.ts'
import type { Task } from './task.ts'

/** How long a permit lasts without a renewal, which comes once a second: as long as a partition's lease. */
const LEASE_MS = 11_000

const NONE: readonly Limit[] = []

export class Limits implements GateStore<Task> {
  readonly #db: Database
  readonly #owner: string
  readonly #log: Logger
  #limits: readonly Limit[] = NONE
  readonly #held = new Set<string>()
  #failed = false

  /** `owner`: a name that no other worker ever has. */
  constructor(db: Database, owner: string, log: Logger) {
    this.#db = db
    this.#owner = owner
    this.#log = log
  }

  limits(): readonly Limit[] {
    return this.#limits
  }

  limitsOf({ task: { job } }: Claim<Task>): readonly Limit[] {
    return this.#limits.length === 0 || job instanceof AppError ? NONE : limitsOf(this.#limits, job)
  }

  async take(claims: readonly Claim<Task>[]): Promise<ReadonlySet<Claim<Task>>> {
    const asks = claims.flatMap((claim) =>
      claim.id === undefined
        ? []
        : [{ jobId: claim.id, subjects: this.limitsOf(claim).map(({ subject }) => subject) }],
    )
    const granted = asks.length === 0 ? new Set() : await takePermits(this.#db, this.#owner, asks, LEASE_MS)
    for (const { jobId } of asks) if (granted.has(jobId)) this.#held.add(jobId)
    return new Set(claims.filter(({ id }) => id === undefined || granted.has(id)))
  }

  async release(claims: readonly Claim<Task>[]): Promise<void> {
    const ids = claims.flatMap(({ id }) => (id !== undefined && this.#held.delete(id) ? [id] : []))
    if (ids.length === 0) return
    // One that is not released runs out.
    await releasePermits(this.#db, this.#owner, ids).catch((error: unknown) =>
      this.#log.debug({ err: error }, 'permits can’t be released'),
    )
  }

  /** Reads the limits anew and prolongs what is held; true where limits have changed. Never throws. */
  async refresh(): Promise<boolean> {
    try {
      if (this.#held.size > 0) await renewPermits(this.#db, this.#owner, [...this.#held], LEASE_MS)
      const limits = await readLimits(this.#db)
      const changed = JSON.stringify(limits) !== JSON.stringify(this.#limits)
      this.#limits = limits
      this.#failed = false
      return changed
    } catch (error) {
      if (!this.#failed) this.#log.warn({ err: toError(error) }, 'limits can’t be read; the last ones hold')
      this.#failed = true
      return false
    }
  }
}
