import type { Acquired } from '../../core/ownership.ts'
import type { Claim, ClaimState } from './claim.ts'
import type { Commit } from './committer.ts'
import { OffsetTracker } from './offsets.ts'

/** A partition whose row is ours: loading until it has a tracker, then open, then leaving. */
export class HeldPartition<Task> {
  readonly token: number
  readonly unclean: boolean
  /** Claimed and neither recorded nor given up. */
  readonly claims = new Set<Claim<Task>>()
  /** How many of the next claims the owner before may have been running when it ended. */
  suspects = 0
  /** The position at which the log was last asked again. */
  rewoundAt: number | undefined
  /** Resolves when it is gone. */
  leaving: Promise<void> | undefined
  /** Nothing more is committed: the next owner may begin at any time. */
  releasing = false
  /** The first claim of each id. */
  readonly #firsts = new Map<string, Claim<Task>>()
  #tracker: OffsetTracker | undefined
  #onDrained: (() => void) | undefined

  constructor({ token, unclean }: Acquired) {
    this.token = token
    this.unclean = unclean
  }

  /** What is seen and finished; undefined while it is loading. */
  get tracker(): OffsetTracker | undefined {
    return this.#tracker
  }

  open({ offset, finished }: Commit, suspects: number): void {
    this.#tracker = new OffsetTracker(offset, finished)
    this.suspects = this.unclean ? suspects : 0
  }

  add(claim: Claim<Task>): void {
    this.claims.add(claim)
    if (claim.id !== undefined && !this.#firsts.has(claim.id)) this.#firsts.set(claim.id, claim)
  }

  /** The claim that runs for this one: itself, or an earlier one of the same id. */
  firstOf(claim: Claim<Task>): Claim<Task> {
    return (claim.id === undefined ? undefined : this.#firsts.get(claim.id)) ?? claim
  }

  /** Whether a job is claimed here. */
  has(id: string): boolean {
    return this.#firsts.has(id)
  }

  claimsIn(state: ClaimState): Claim<Task>[] {
    return [...this.claims].filter((it) => it.state === state)
  }

  /** The claim is recorded or given up. */
  forget(claim: Claim<Task>): void {
    if (claim.id !== undefined && this.#firsts.get(claim.id) === claim) this.#firsts.delete(claim.id)
    if (this.claims.delete(claim) && this.claims.size === 0) this.#onDrained?.()
  }

  /** Resolves when no claim is left. */
  drained(): Promise<void> {
    if (this.claims.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrained = resolve
    })
  }
}
