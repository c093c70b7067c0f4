import { untilDone } from '../../core/retry.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, Known } from './claim.ts'
import type { KeyLanes } from './lanes.ts'
import type { Ownership } from './ownership.ts'
import type { Prefetch, PrefetchedRecord } from './prefetch.ts'
import type { Window } from './window.ts'

export interface IntakeParts<Task> {
  readonly prefetch: Prefetch
  readonly window: Window
  readonly owned: Ownership<Task>
  readonly lanes: KeyLanes<Claim<Task>>
  readonly log: Logger
  readonly stopping: AbortSignal
  readonly decode: (record: PrefetchedRecord) => Task
  readonly idOf: (task: Task) => string | undefined
  readonly lookUp: (claims: readonly Claim<Task>[]) => Promise<ReadonlyMap<Claim<Task>, Known>>
  /** Below this many ready jobs claiming doesn't wait for more room. */
  readonly scarce: number
  /** Jobs of room that are worth a look-up. */
  readonly worthIt: number
  /** It has its outcome, and so have its copies. */
  readonly settle: (claim: Claim<Task>) => void
  /** Something was settled or may start. */
  readonly onChange: () => void
}

/**
 * From prefetched records to claims in their lanes. What has its outcome is finished without a run; one group of claims is
 * looked up at a time, and meanwhile room gathers for the next.
 */
export class Intake<Task> {
  readonly #parts: IntakeParts<Task>
  #busy = false

  constructor(parts: IntakeParts<Task>) {
    this.#parts = parts
  }

  /** Claims what fits. */
  fill(): void {
    const { lanes, window, scarce, worthIt, stopping, onChange } = this.#parts
    if (this.#busy || stopping.aborted) return
    if (lanes.ready >= scarce && window.room < worthIt) return
    const claims = this.#claim()
    if (claims.length === 0) return
    this.#busy = true
    void this.#admit(claims).finally(() => {
      this.#busy = false
      onChange()
      this.fill()
    })
  }

  #claim(): Claim<Task>[] {
    const { prefetch, window, owned, onChange } = this.#parts
    const claims: Claim<Task>[] = []
    prefetch.take({
      see: ({ partition, offset }) => owned.get(partition)?.tracker?.see(offset) ?? false,
      fits: (record) => window.fits(record),
      claim: (record) => {
        const claim = this.#claimOne(record)
        if (claim) claims.push(claim)
      },
    })
    for (const [partition, tracker] of owned.trackers()) {
      const position = prefetch.drainedTo(partition)
      if (position === undefined || position <= tracker.position) continue
      tracker.skipTo(position)
      onChange()
    }
    return claims
  }

  #claimOne(record: PrefetchedRecord): Claim<Task> | undefined {
    const { partition, offset, key, bytes } = record
    const owned = this.#parts.owned.get(partition)
    if (!owned) return undefined
    const suspect = owned.suspects > 0
    if (suspect) owned.suspects--
    const task = this.#parts.decode(record)
    const claim: Claim<Task> = {
      partition,
      offset,
      key,
      bytes,
      id: this.#parts.idOf(task),
      copies: [],
      token: owned.token,
      suspect,
      task,
      attempt: 0,
      alone: false,
      state: 'waiting',
      abort: new AbortController(),
    }
    this.#parts.window.enter(claim)
    owned.add(claim)
    const first = owned.firstOf(claim)
    if (first === claim) return claim
    first.copies.push(claim)
    return undefined
  }

  async #admit(claims: readonly Claim<Task>[]): Promise<void> {
    const { lookUp, log, stopping, lanes, owned, window, settle } = this.#parts
    const known = await untilDone(() => lookUp(claims), 'outcomes can’t be looked up', log, stopping)
    if (!known) return
    for (const claim of claims) {
      if (claim.state === 'lost') continue
      const it = known.get(claim)
      if (it === 'settled') {
        window.leave(claim)
        settle(claim)
        // It was not running when the owner before ended: another may have been.
        const held = owned.get(claim.partition)
        if (claim.suspect && held) held.suspects++
        continue
      }
      if (it) {
        claim.attempt = it.attempts
        claim.alone = it.alone
      }
      lanes.add(claim)
    }
  }
}
