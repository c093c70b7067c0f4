/**
 * Where jobs wait that are under limits (`core/limits.ts`): one that has what its limits demand goes on to a slot.
 *
 * A few of each limit wait here, so that what comes free is taken at once; the others are parked and come back as there is room. Of
 * what is paused none waits here.
 */
import type { Limit, Subject } from '../../core/limits.ts'
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
  /** They run no more. Never throws. */
  release(claims: readonly Claim<Task>[]): void
}

export interface GateParts<Task> {
  readonly store: GateStore<Task>
  readonly log: Logger
  readonly stopping: AbortSignal
  /** It has what it needs: back to the head of its key. */
  readonly pass: (claim: Claim<Task>) => void
  readonly park: (claim: Claim<Task>, park: Park) => void
}

/** Jobs of one limit that wait here. */
const MAX_WAITING = 10
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
  readonly #asking = new SerialLoop(() => this.#ask())
  #timer: NodeJS.Timeout | undefined
  #failed = false

  constructor(parts: GateParts<Task>) {
    this.#parts = parts
    parts.stopping.addEventListener('abort', () => clearTimeout(this.#timer))
  }

  /** Whether it may start; else it is waited for, or parked. */
  mayStart(claim: Claim<Task>): boolean {
    // One that was cancelled is only to be told so.
    if (claim.permitted || claim.abort.signal.aborted) return true
    const limits = this.#parts.store.limitsOf(claim)
    if (limits.length === 0) return true
    const subjects = limits.map(({ subject }) => subject)
    const full =
      limits.find(({ paused }) => paused)?.subject ??
      subjects.find((it) => this.#waitingFor(it) >= MAX_WAITING)
    if (full !== undefined) this.#park(claim, full)
    else {
      this.#waiting.set(claim, { subjects, since: performance.now() })
      this.#asking.poke()
    }
    return false
  }

  /** It runs no more. */
  leave(claim: Claim<Task>): void {
    this.#waiting.delete(claim)
    if (!claim.permitted) return
    claim.permitted = false
    this.#parts.store.release([claim])
  }

  /** Limits have changed, or something was released, or cancelled. */
  poke(): void {
    if (this.#waiting.size > 0) this.#asking.poke()
  }

  /** How many more of each limit may wait here. */
  rooms(): Map<Subject, number> {
    return new Map(
      this.#parts.store
        .limits()
        .filter(({ paused }) => !paused)
        .map(({ subject }) => [subject, MAX_WAITING - this.#waitingFor(subject)] as const)
        .filter(([, room]) => room > 0),
    )
  }

  #waitingFor(subject: Subject): number {
    let waiting = 0
    for (const { subjects } of this.#waiting.values()) if (subjects.includes(subject)) waiting++
    return waiting
  }

  #park(claim: Claim<Task>, heldBy: Subject): void {
    this.#parts.park(claim, { reason: 'limit', dueAt: Number.POSITIVE_INFINITY, heldBy })
  }

  async #ask(): Promise<void> {
    const { store, pass, log, stopping } = this.#parts
    clearTimeout(this.#timer)
    if (this.#waiting.size === 0 || stopping.aborted) return
    const asked = [...this.#waiting.keys()]
    try {
      const granted = await store.take(asked.filter(({ abort }) => !abort.signal.aborted))
      this.#failed = false
      const now = performance.now()
      for (const claim of asked) {
        if (granted.has(claim)) claim.permitted = true
        const waiting = this.#waiting.get(claim)
        if (!waiting) {
          // Given up meanwhile.
          this.leave(claim)
        } else if (claim.permitted || claim.abort.signal.aborted) {
          this.#waiting.delete(claim)
          pass(claim)
        } else if (!claim.parked && now - waiting.since > PATIENCE_MS) {
          this.#waiting.delete(claim)
          this.#park(claim, waiting.subjects[0] ?? '')
        }
      }
    } catch (error) {
      if (!this.#failed) log.warn({ err: error }, 'permits can’t be asked for; trying again')
      this.#failed = true
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#asking.poke(), ASK_AGAIN_MS)
  }
}
