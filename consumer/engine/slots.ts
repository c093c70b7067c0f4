import type { Claim, Ran } from './claim.ts'
import type { KeyLanes } from './lanes.ts'

export interface SlotsParts<Task, Result> {
  readonly lanes: KeyLanes<Claim<Task>>
  /** Jobs that run at once. */
  readonly concurrency: number
  /** Whether another may start now. */
  readonly mayStart: () => boolean
  /** Whether what has ended is recorded: what ran before a job that runs alone must not be taken with it. */
  readonly isSettled: () => boolean
  /** One attempt; never throws. */
  readonly run: (claim: Claim<Task>) => Promise<Ran<Result>>
  /** It has its result; its key's next may run. */
  readonly onResult: (claim: Claim<Task>, result: Result) => void
  /** Another attempt follows in `ms`: true where it waits here, false where it was parked. */
  readonly onWaiting: (claim: Claim<Task>, ms: number) => boolean
  /** Whether it may start at all now; else it will come again. */
  readonly admits: (claim: Claim<Task>) => boolean
  /** It runs no more. */
  readonly onEnded: (claim: Claim<Task>) => void
  /** A slot is free. */
  readonly onFree: () => void
}

/**
 * What runs: up to `concurrency` attempts, taken from the lanes. A job that waits for its next attempt keeps the turn of its
 * key, but no slot. One that must run alone starts when nothing runs or waits to be recorded, and nothing
 * starts beside it.
 */
export class Slots<Task, Result> {
  readonly #parts: SlotsParts<Task, Result>
  readonly #running = new Set<Claim<Task>>()
  #alone: Claim<Task> | undefined
  #ended = 0
  #slotMs = 0
  #countedAt = performance.now()

  constructor(parts: SlotsParts<Task, Result>) {
    this.#parts = parts
  }

  get running(): ReadonlySet<Claim<Task>> {
    return this.#running
  }

  /** Slots that nothing runs in. */
  get free(): number {
    return Math.max(0, this.#parts.concurrency - this.#running.size)
  }

  /** Attempts that have ended since the start, and the time that slots were taken in all, ms (also by those that run now). */
  get used(): { readonly ended: number; readonly slotMs: number } {
    this.#countTime()
    return { ended: this.#ended, slotMs: this.#slotMs }
  }

  /** Starts jobs while slots are free. */
  pump(): void {
    const { lanes, concurrency, mayStart, isSettled } = this.#parts
    while (this.#running.size < concurrency && mayStart()) {
      if (this.#alone?.state === 'lost' && !this.#running.has(this.#alone)) this.#alone = undefined
      if (this.#alone && (this.#running.size > 0 || !isSettled())) return
      const claim = this.#alone ?? lanes.take()
      if (!claim) return
      if (claim !== this.#alone && !this.#parts.admits(claim)) continue
      if (!claim.alone || this.#alone) this.#start(claim)
      else this.#alone = claim
    }
  }

  /** Starts a job that was taken from the lanes, in a slot that is free; false where there is none. */
  startNow(claim: Claim<Task>): boolean {
    if (this.free === 0 || !this.#parts.mayStart() || this.#alone || claim.alone) return false
    this.#start(claim)
    return true
  }

  #start(claim: Claim<Task>): void {
    claim.state = 'running'
    claim.attempt++
    this.#countTime()
    this.#running.add(claim)
    void this.#parts.run(claim).then((ran) => this.#onRan(claim, ran))
  }

  #onRan(claim: Claim<Task>, ran: Ran<Result>): void {
    this.#countTime()
    this.#ended++
    this.#running.delete(claim)
    if (this.#alone === claim) this.#alone = undefined
    this.#parts.onEnded(claim)
    if (claim.state !== 'lost') {
      if ('result' in ran) {
        claim.state = 'finished'
        this.#parts.lanes.done(claim)
        this.#parts.onResult(claim, ran.result)
      } else this.#againAfter(claim, ran.againAfterMs)
    }
    this.#parts.onFree()
    this.pump()
  }

  /** Called before each change of what runs. */
  #countTime(): void {
    const now = performance.now()
    this.#slotMs += this.#running.size * (now - this.#countedAt)
    this.#countedAt = now
  }

  #againAfter(claim: Claim<Task>, delayMs: number): void {
    claim.state = 'waiting'
    if (!this.#parts.onWaiting(claim, delayMs)) return
    setTimeout(() => {
      if (claim.state === 'lost') return
      this.#parts.lanes.again(claim)
      this.pump()
    }, delayMs).unref()
  }
}
