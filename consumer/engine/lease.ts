import { setTimeout as delay } from 'node:timers/promises'
import type { Acquired, OwnershipStore } from '../../core/ownership.ts'
import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { SESSION_MS } from './source.ts'

/** A row outlives the session in the group a little, so that the group always is the first to give a member up. */
export const LEASE_MS = SESSION_MS + 1_000
const RENEW_MS = 1_000

/** How often a row that is not free yet is asked for again. */
const POLL_MS = 50
const POLL_AFTER_FAILURE_MS = 500
/**
 * The session of an owner may seem to have ended while it waits in the same join as we did: it has this time to renew before
 * it is taken for gone.
 */
const TAKE_OVER_AFTER_MS = 500

export interface LeaseEdges {
  /** Partitions whose rows we are to have and don't. */
  wanted(): readonly number[]
  /** Milliseconds since the group gave them to us. */
  wantedMs(): number
  /** The rows that are ours, by partition. */
  tokens(): ReadonlyMap<number, number>
  /** Milliseconds since the group last answered. */
  silentMs(): number
  onAcquired(acquired: ReadonlyMap<number, Acquired>): void
  /** Somebody else has this row. */
  onTaken(partition: number, token: number): void
  onRenewed(): void
}

/**
 * Gets the rows that we are to have, and keeps them: how long they are ours without another word. It is prolonged while the group answers us, and only then: who is cut
 * off from the group loses its rows when its session ends, as it loses its partitions.
 *
 * The lease is held against our own clock from *before* the store was asked: we think it over no later than the store does.
 */
export class Lease {
  readonly #store: OwnershipStore
  readonly #edges: LeaseEdges
  readonly #log: Logger
  readonly #stopping: AbortSignal
  readonly #acquiring = new SerialLoop(() => this.#acquire())
  readonly #renewing = new SerialLoop(() => this.#renew())
  readonly #timer: NodeJS.Timeout
  readonly #stopped = new AbortController()
  #until = Number.NEGATIVE_INFINITY
  #failure: unknown

  constructor(store: OwnershipStore, edges: LeaseEdges, log: Logger, stopping: AbortSignal) {
    this.#stopping = stopping
    this.#store = store
    this.#edges = edges
    this.#log = log
    this.#timer = setInterval(() => this.#renewing.poke(), RENEW_MS)
    this.#timer.unref()
  }

  get isFresh(): boolean {
    return performance.now() < this.#until
  }

  get failure(): unknown {
    return this.#failure
  }

  get stopped(): AbortSignal {
    return this.#stopped.signal
  }

  renewNow(): void {
    this.#renewing.poke()
  }

  acquireNow(): void {
    this.#acquiring.poke()
  }

  /** Resolves when no question for rows is on its way. */
  acquired(): Promise<void> {
    return this.#acquiring.idle()
  }

  /** No more renewals. */
  stop(): void {
    clearInterval(this.#timer)
    this.#stopped.abort()
  }

  async #acquire(): Promise<void> {
    while (!this.#stopping.aborted) {
      const wanted = this.#edges.wanted()
      if (wanted.length === 0) return
      const acquired = await this.#ask(wanted, this.#edges.wantedMs() >= TAKE_OVER_AFTER_MS)
      if (acquired) this.#edges.onAcquired(acquired)
      if (this.#edges.wanted().length === 0) return
      const wait = acquired ? POLL_MS : POLL_AFTER_FAILURE_MS
      await delay(wait, undefined, { signal: this.#stopping }).catch(() => {})
    }
  }

  /** Takes what is free of these; undefined where it can't be asked, or the group doesn't answer. */
  async #ask(
    partitions: readonly number[],
    takeOver: boolean,
  ): Promise<ReadonlyMap<number, Acquired> | undefined> {
    const askedAt = performance.now()
    const leaseMs = LEASE_MS - this.#edges.silentMs()
    if (leaseMs <= 0) return undefined
    try {
      const acquired = await this.#store.acquire(partitions, { leaseMs, takeOver })
      this.#recovered()
      // Those that we have already may end earlier; or later, where this answer took its time.
      const until = askedAt + leaseMs
      if (this.#edges.tokens().size === 0) this.#until = until
      else if (acquired.size > 0) this.#until = Math.min(this.#until, until)
      return acquired
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  async #renew(): Promise<void> {
    const tokens = new Map(this.#edges.tokens())
    // After a failure it is asked in any case, to know when it has passed.
    if ((tokens.size === 0 && this.#failure === undefined) || this.#stopped.signal.aborted) return
    const askedAt = performance.now()
    const leaseMs = LEASE_MS - this.#edges.silentMs()
    try {
      const ours = await this.#store.renew(tokens, Math.max(0, leaseMs))
      this.#recovered()
      this.#until = askedAt + leaseMs
      for (const [partition, token] of tokens) if (!ours.has(partition)) this.#edges.onTaken(partition, token)
      this.#edges.onRenewed()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (this.#failure === undefined) this.#log.error({ err: error }, 'partitions can’t be held; trying again')
    this.#failure = error
  }

  #recovered(): void {
    if (this.#failure !== undefined) this.#log.info('partitions can be held again')
    this.#failure = undefined
  }
}
