/**
 * Where jobs wait that are under limits (`core/limits.ts`): one that has what its limits demand goes on to a slot.
 *
 * Permits are asked for as slots are free, so that none lies idle with a job that can't start. Jobs of a limit that is used up
 * wait here for a moment, a few of each; the others are parked, and come back as there is room. Of what is paused none waits here.
 */
import { isOpen, type Limit, type Subject } from '../../core/limits.ts'
import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, Park } from './claim.ts'

export interface GateStore<Task> {
  /** All limits, as far as known. */
  limits(): readonly Limit[]
  /** Those that this job is under. */
  limitsOf(claim: Claim<Task>): readonly Limit[]
  /** Gives those that may start now; all of what a job's limits demand, or nothing. */
  take(claims: readonly Claim<Task>[]): Promise<ReadonlySet<Claim<Task>>>
  /** They run no more. Never rejects. */
  release(claims: readonly Claim<Task>[]): Promise<void>
}

export interface GateParts<Task> {
  readonly store: GateStore<Task>
  readonly log: Logger
  readonly stopping: AbortSignal
  /** Jobs that wait here at most, of all limits together. */
  readonly most: number
  readonly freeSlots: () => number
  /** It has what it needs: true where it has started. */
  readonly start: (claim: Claim<Task>) => boolean
  /** It need not wait here: back to the head of its key. */
  readonly pass: (claim: Claim<Task>) => void
  readonly park: (claim: Claim<Task>, park: Park) => void
  /** There is room for jobs that a limit holds in the store. */
  readonly onRoom: () => void
}

/** Jobs of one limit that wait here while it is used up. */
const MAX_WAITING = 20
/** Of one that is none any more as many as come. */
const PLENTY = 100
/** How long a job of the log waits here: longer waits are the store's. */
const PATIENCE_MS = 2_000
const ASK_AGAIN_MS = 100

interface Waiting {
  readonly subjects: readonly Subject[]
  readonly since: number
}

export class Gate<Task> {
  readonly #parts: GateParts<Task>
  readonly #waiting = new Map<Claim<Task>, Waiting>()
  readonly #releasing = new Set<Promise<void>>()
  readonly #asking = new SerialLoop(() => this.#ask())
  #timer: NodeJS.Timeout | undefined
  #toldRoomAt = 0
  #failed = false

  constructor(parts: GateParts<Task>) {
    this.#parts = parts
    parts.stopping.addEventListener('abort', () => clearTimeout(this.#timer))
  }

  /** Whether it may start; else it is waited for, or parked. */
  mayStart(claim: Claim<Task>): boolean {
    // One that was cancelled is only to be told so.
    if (claim.permitted || claim.abort.reason) return true
    const limits = this.#parts.store.limitsOf(claim)
    if (limits.length === 0) return true
    const paused = limits.find((limit) => limit.paused)
    if (paused) this.#park(claim, paused.subject)
    else {
      this.#waiting.set(claim, { subjects: limits.map(({ subject }) => subject), since: performance.now() })
      this.#asking.poke()
    }
    return false
  }

  /** It runs no more. */
  leave(claim: Claim<Task>): void {
    this.#waiting.delete(claim)
    if (claim.permitted) {
      claim.permitted = false
      const released = this.#parts.store.release([claim]).then(() => void this.#releasing.delete(released))
      this.#releasing.add(released)
    }
    this.poke()
  }

  /** A slot is free, limits have changed, or something was cancelled. */
  poke(): void {
    if (this.#waiting.size > 0) this.#asking.poke()
    else if (this.#releasing.size > 0) this.#tellRoom()
  }

  /** How many more of each limit may come from the store. */
  rooms(): Map<Subject, number> {
    const limits = this.#parts.store.limits().filter(({ paused }) => !paused)
    const share = Math.floor((this.#parts.most - this.#waiting.size) / Math.max(1, limits.length))
    return new Map(
      limits
        .map((limit) => {
          const left = Math.min(MAX_WAITING - this.#waitingFor(limit.subject), Math.max(1, share))
          return [limit.subject, isOpen(limit) ? PLENTY : left] as const
        })
        .filter(([, room]) => room > 0),
    )
  }

  #waitingFor(subject: Subject): number {
    let waiting = 0
    for (const { subjects } of this.#waiting.values()) if (subjects.includes(subject)) waiting++
    return waiting
  }

  #park(claim: Claim<Task>, heldBy: Subject): void {
    this.#waiting.delete(claim)
    this.#parts.park(claim, { reason: 'limit', dueAt: Number.POSITIVE_INFINITY, heldBy })
  }

  async #ask(): Promise<void> {
    const { store, freeSlots, log, stopping } = this.#parts
    clearTimeout(this.#timer)
    // What this worker gives back it may have again.
    await Promise.all(this.#releasing)
    if (stopping.aborted) return
    this.#sortOut()
    const asked = [...this.#waiting.keys()].slice(0, Math.max(0, freeSlots()))
    try {
      if (asked.length > 0) this.#onAnswer(asked, await store.take(asked))
      this.#failed = false
    } catch (error) {
      if (!this.#failed) log.warn({ err: error }, 'permits can’t be asked for; trying again')
      this.#failed = true
    }
    this.#sendOn()
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#asking.poke(), ASK_AGAIN_MS)
    this.#tellRoom()
  }

  /** What was cancelled goes on to be told so, what is paused by now is parked. */
  #sortOut(): void {
    const { store, pass } = this.#parts
    for (const claim of [...this.#waiting.keys()]) {
      const paused = store.limitsOf(claim).find((limit) => limit.paused)
      if (claim.abort.reason) {
        this.#waiting.delete(claim)
        pass(claim)
      } else if (paused) this.#park(claim, paused.subject)
    }
  }

  /** A limit that refuses is used up: of it only a few wait here. */
  #onAnswer(asked: readonly Claim<Task>[], granted: ReadonlySet<Claim<Task>>): void {
    const usedUp = new Set<Subject>()
    for (const claim of asked) {
      const waiting = this.#waiting.get(claim)
      if (granted.has(claim)) {
        claim.permitted = true
        if (waiting) this.#waiting.delete(claim)
        if (waiting && claim.alone) this.#parts.pass(claim)
        else if (!waiting || !this.#parts.start(claim)) {
          // Given up meanwhile, or another has the slot: a permit never lies idle.
          this.leave(claim)
          if (waiting) this.#waiting.set(claim, waiting)
        }
      } else for (const subject of waiting?.subjects ?? []) usedUp.add(subject)
    }
    for (const subject of usedUp) {
      const its = [...this.#waiting].filter(([, { subjects }]) => subjects.includes(subject))
      for (const [claim] of its.slice(MAX_WAITING)) this.#park(claim, subject)
    }
  }

  /** The impatient, and those for whom there is no place, go on to the store. */
  #sendOn(): void {
    const before = performance.now() - PATIENCE_MS
    for (const [claim, { subjects, since }] of [...this.#waiting]) {
      if (!claim.parked && since < before) this.#park(claim, subjects[0] ?? '')
    }
    for (const [claim, { subjects }] of [...this.#waiting].slice(this.#parts.most)) {
      this.#park(claim, subjects[0] ?? '')
    }
  }

  #tellRoom(): void {
    const now = performance.now()
    if (now - this.#toldRoomAt < ASK_AGAIN_MS) return
    const hasRoom = this.#parts.store
      .limits()
      .some((limit) => !limit.paused && this.#waitingFor(limit.subject) < MAX_WAITING / 2)
    if (!hasRoom) return
    this.#toldRoomAt = now
    this.#parts.onRoom()
  }
}
