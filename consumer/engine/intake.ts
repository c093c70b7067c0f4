import { untilDone } from '../../core/retry.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { Abort } from './abort.ts'
import type { Claim, Known, LoadedJob } from './claim.ts'
import type { KeyLanes } from './lanes.ts'
import type { Ownership } from './ownership.ts'
import type { Parking } from './parking.ts'
import type { Prefetch, PrefetchedRecord } from './prefetch.ts'
import type { Window } from './window.ts'

export interface IntakeParts<Task> {
  readonly prefetch: Prefetch
  readonly window: Window
  readonly owned: Ownership<Task>
  readonly lanes: KeyLanes<Claim<Task>>
  readonly parking: Parking<Task>
  readonly log: Logger
  readonly stopping: AbortSignal
  /** Whether what is claimed could be parked. */
  readonly mayClaim: () => boolean
  readonly decode: (record: PrefetchedRecord) => Task
  readonly idOf: (task: Task) => string | undefined
  readonly lookUp: (claims: readonly Claim<Task>[]) => Promise<ReadonlyMap<Claim<Task>, Known>>
  /** Milliseconds until a job of the log may run for the first time; 0 or less: now. */
  readonly delayOf: (task: Task) => number
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
  /** Groups line up in the order in which they were claimed. */
  #last: Promise<void> = Promise.resolve()

  constructor(parts: IntakeParts<Task>) {
    this.#parts = parts
  }

  /** Claims what fits. */
  fill(): void {
    const { lanes, window, scarce, worthIt, mayClaim, stopping } = this.#parts
    if (this.#busy || stopping.aborted || !mayClaim()) return
    if (lanes.ready >= scarce && window.room < worthIt) return
    const claims = this.#claim()
    if (claims.length === 0) return
    this.#busy = true
    void this.admit(claims).finally(() => {
      this.#busy = false
      this.fill()
    })
  }

  /** Claims a job that comes from the store; undefined where its partition is not open here, or its record is claimed. */
  claimParked(job: LoadedJob<Task>): Claim<Task> | undefined {
    const held = this.#parts.owned.get(job.partition)
    if (!held?.tracker || held.leaving || held.has(job.id)) return undefined
    return this.#enter({ ...job, parked: true })
  }

  /**
   * Looks claims up and has them line up in order; resolves when that is done. `startAt`: not before these times of our clock.
   */
  admit(claims: readonly Claim<Task>[], startAt?: ReadonlyMap<Claim<Task>, number>): Promise<void> {
    const before = this.#last
    const { lookUp, log, stopping, onChange } = this.#parts
    const admitting = async (): Promise<void> => {
      const known = await untilDone(() => lookUp(claims), 'outcomes can’t be looked up', log, stopping)
      await before
      if (!known) return
      for (const claim of claims)
        if (claim.state !== 'lost') this.#place(claim, known.get(claim), startAt?.get(claim))
      onChange()
    }
    this.#last = admitting()
    return this.#last
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
    for (const partition of prefetch.moved) {
      const position = prefetch.drainedTo(partition)
      const tracker = owned.trackerOf(partition)
      if (position === undefined || !tracker) continue
      prefetch.passed(partition)
      if (position <= tracker.position) continue
      tracker.skipTo(position)
      onChange()
    }
    return claims
  }

  #claimOne(record: PrefetchedRecord): Claim<Task> | undefined {
    const task = this.#parts.decode(record)
    const id = this.#parts.idOf(task)
    return this.#enter({ ...record, id, task, attempt: 0, sequence: undefined, parked: false })
  }

  #enter(
    from: Omit<LoadedJob<Task>, 'id' | 'dueInMs'> & Pick<Claim<Task>, 'id' | 'parked'>,
  ): Claim<Task> | undefined {
    const { partition, offset, key, bytes, id, task, attempt, sequence, parked } = from
    const owned = this.#parts.owned.get(partition)
    if (!owned) return undefined
    const suspect = owned.suspects > 0
    if (suspect) owned.suspects--
    const claim: Claim<Task> = {
      partition,
      offset,
      key,
      bytes,
      id,
      copies: [],
      token: owned.token,
      suspect,
      parked,
      inOrder: sequence !== undefined,
      sequence,
      task,
      attempt,
      alone: false,
      permitted: false,
      state: 'waiting',
      abort: new Abort(),
    }
    this.#parts.window.enter(claim)
    owned.add(claim)
    const first = owned.firstOf(claim)
    if (first === claim) return claim
    first.copies.push(claim)
    return undefined
  }

  #place(claim: Claim<Task>, known: Known | undefined, startAt: number | undefined): void {
    const { lanes, owned, window, settle, parking, delayOf, onChange } = this.#parts
    if (known === 'settled') {
      window.leave(claim)
      settle(claim)
      // It was not running when the owner before ended: another may have been.
      const held = owned.get(claim.partition)
      if (claim.suspect && held) held.suspects++
      return
    }
    if (known) {
      claim.attempt = Math.max(claim.attempt, known.attempts)
      claim.alone = known.alone
    }
    const delayMs = claim.parked ? 0 : delayOf(claim.task)
    if (delayMs > 0) parking.parkDelayed(claim, Date.now() + delayMs)
    else if (parking.isBlocked(claim)) parking.parkBehind(claim)
    else if (startAt !== undefined && startAt > performance.now()) {
      setTimeout(() => {
        if (claim.state === 'lost') return
        lanes.add(claim)
        onChange()
      }, startAt - performance.now())
    } else lanes.add(claim)
  }
}
