import type { Barriers } from './barriers.ts'
import type { BlockedKeys, KeyPlace } from './blocked-keys.ts'
import type { Claim, LoadedJob } from './claim.ts'
import type { Window } from './window.ts'

export interface ParkedIntakeParts<Task> {
  readonly window: Window
  readonly keys: BlockedKeys
  readonly barriers: Barriers
  /** The first offset of a key that waits for its share of the window, if any does. */
  readonly heldBackFrom: (place: KeyPlace) => number | undefined
  /** Makes a claim of it; undefined where its partition is not open any more. */
  readonly claim: (job: LoadedJob<Task>) => Claim<Task> | undefined
  /** Looks them up and has them line up in order, each at its time; resolves when that is done. */
  readonly admit: (claims: readonly Claim<Task>[], startAt: ReadonlyMap<Claim<Task>, number>) => Promise<void>
}

/** A key of which not all had room is asked for again after this, ms. */
const AGAIN_MS = 1_000

/** From parked jobs that were loaded to claims in their lanes. */
export class ParkedIntake<Task> {
  readonly #parts: ParkedIntakeParts<Task>
  /** Ids from the store that are here. */
  readonly #here = new Set<string>()
  readonly #refused = new Map<string, KeyPlace & { readonly until: number }>()

  constructor(parts: ParkedIntakeParts<Task>) {
    this.#parts = parts
  }

  get here(): ReadonlySet<string> {
    return this.#here
  }

  /** Keys that had no room, or whose order can't be joined, a moment ago. */
  refused(now: number): KeyPlace[] {
    for (const [lane, { until }] of this.#refused) if (until <= now) this.#refused.delete(lane)
    return [...this.#refused.values()]
  }

  /** A claim from the store is here no more; true where what follows of its key may be asked for. */
  left({ id, partition, key, inOrder }: Claim<Task>): boolean {
    if (id !== undefined) this.#here.delete(id)
    return key !== undefined && inOrder && this.#parts.keys.left({ partition, key }, performance.now())
  }

  /**
   * Claims them as far as they may run and have room, and has them line up; resolves to whether that got any further. `asked`: the keys that were asked for, with what
   * {@link BlockedKeys.ask} gave; `all`: there was room for whatever the store has of them.
   */
  async take(
    jobs: readonly LoadedJob<Task>[],
    asked: ReadonlyMap<KeyPlace, number>,
    all: boolean,
  ): Promise<boolean> {
    const { admit } = this.#parts
    const startAt = new Map<Claim<Task>, number>()
    const now = performance.now()
    const inOrder = Map.groupBy(jobs, ({ partition, key, sequence }) =>
      sequence === undefined ? undefined : `${partition} ${key}`,
    )
    const claims: Claim<Task>[] = []
    /** Keys all of whose jobs are here. */
    const whole = new Set<KeyPlace>()
    for (const place of asked.keys()) {
      const its = inOrder.get(`${place.partition} ${place.key}`) ?? []
      const taken = this.#claimInOrder(place, its, now)
      if (all && taken.length === its.length && its.length < this.#parts.window.parkedKeyLimit)
        whole.add(place)
      claims.push(...taken)
    }
    const refusedBefore = this.#refused.size
    for (const job of inOrder.get(undefined) ?? []) {
      const { partition, key } = job
      const lane = `${partition} ${key}`
      const mayJoin = key === undefined || (this.#mayJoin({ partition, key }) && !this.#refused.has(lane))
      const claim = mayJoin ? this.#claim(job) : undefined
      if (claim) startAt.set(claim, now + job.dueInMs)
      // What is due after it doesn't overtake it.
      else if (key !== undefined) this.#refused.set(lane, { partition, key, until: now + AGAIN_MS / 2 })
    }
    if (claims.length + startAt.size > 0) await admit([...claims, ...startAt.keys()], startAt)
    for (const [place, stamp] of asked)
      this.#parts.keys.placed(place, whole.has(place) ? stamp : -1, performance.now())
    return claims.length + startAt.size > 0 || this.#refused.size > refusedBefore
  }

  /** Whether all that was accepted before it is due is claimed. */
  #mayJoin({ partition, key }: KeyPlace): boolean {
    const heldBack = this.#parts.heldBackFrom({ partition, key })
    return heldBack === undefined || heldBack >= this.#parts.barriers.endOf(partition)
  }

  /** Claims the jobs of a key, as far as they may run and have room. */
  #claimInOrder(place: KeyPlace, jobs: readonly LoadedJob<Task>[], now: number): Claim<Task>[] {
    const claims: Claim<Task>[] = []
    for (const job of jobs) {
      const waits = job.dueInMs > 0 && job.dueInMs < Number.POSITIVE_INFINITY
      const claim = waits ? undefined : this.#claim(job)
      if (!claim) {
        this.#parts.keys.askAgain(place, now + (waits ? job.dueInMs : AGAIN_MS))
        break
      }
      claims.push(claim)
    }
    if (claims.length > 0) this.#parts.keys.took(place, claims.length)
    return claims
  }

  #claim(job: LoadedJob<Task>): Claim<Task> | undefined {
    const { window, claim: make } = this.#parts
    if (this.#here.has(job.id) || window.fits({ ...job, parked: true }) !== 'fits') return undefined
    const claim = make(job)
    if (claim) this.#here.add(job.id)
    return claim
  }
}
