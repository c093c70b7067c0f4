import type { OwnershipStore } from '../../core/ownership.ts'
import { untilDone } from '../../core/retry.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, ClaimState } from './claim.ts'
import type { HeldPartition } from './held-partition.ts'

export interface HandoverParts<Task> {
  readonly store: OwnershipStore
  readonly log: Logger
  /** Gives claims up, with what led to it. */
  readonly abandon: (claims: readonly Claim<Task>[], why: string) => void
  /** Claims that are left to the next owner: what was tried of them is durable when it resolves. */
  readonly handOver: (claims: readonly Claim<Task>[]) => Promise<void>
  /** Commits what is due. */
  readonly commit: () => Promise<void>
}

/**
 * How a partition leaves: what waits is left to the next owner at once, what runs may end, what has ended is recorded and
 * committed; then the row is released, for which the next owner waits.
 */
export class Handover<Task> {
  readonly #parts: HandoverParts<Task>
  readonly #leaving = new Map<number, (state: ClaimState) => void>()

  constructor(parts: HandoverParts<Task>) {
    this.#parts = parts
  }

  /** Hands one over; what runs is aborted after `limitMs`. Resolves when it is released, or is not ours any more. */
  async of(
    partition: number,
    held: HeldPartition<Task>,
    limitMs: number,
    isOurs: () => boolean,
    tooLate: AbortSignal,
  ): Promise<void> {
    const { abandon, handOver, commit, store, log } = this.#parts
    const left: Claim<Task>[] = []
    const giveUp = (state: ClaimState): void => {
      const claims = held.claimsIn(state)
      left.push(...claims)
      abandon(claims, 'the partition goes to another worker')
    }
    giveUp('waiting')
    this.#leaving.set(partition, giveUp)
    const timer = setTimeout(() => giveUp('running'), limitMs)
    await held.drained()
    clearTimeout(timer)
    this.#leaving.delete(partition)
    const release = async (): Promise<void> => {
      if (!isOurs()) return
      if (left.length > 0) await handOver(left)
      if (held.tracker) await commit()
      // In the same step, so that no commit of ours is on its way when the next owner begins.
      held.releasing = true
      await store.release(new Map([[partition, held.token]]))
    }
    await untilDone(release, 'a partition can’t be released', log, tooLate)
  }

  /** An attempt has ended and another follows: nobody waits for that where the partition leaves. */
  between({ partition }: Claim<Task>): void {
    this.#leaving.get(partition)?.('waiting')
  }
}
