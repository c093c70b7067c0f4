/**
 * Which partitions are ours, from what offset on, and what of theirs is claimed.
 *
 * States of a partition: loading (assigned; its committed offset is being read; nothing is fetched) → open → lost.
 */
import { untilDone } from '../../core/retry.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim } from './claim.ts'
import { OffsetTracker } from './offsets.ts'
import type { Prefetch } from './prefetch.ts'
import type { FetchedBatch, Source } from './source.ts'

export interface OwnedPartition<Task> {
  readonly tracker: OffsetTracker
  readonly claims: Set<Claim<Task>>
  /** The position at which the log was last asked again. */
  rewoundAt?: number
}

export interface OwnershipParts<Task> {
  readonly source: Source
  readonly prefetch: Prefetch
  readonly log: Logger
  readonly stopping: AbortSignal
  /** The partition is somebody else's, with these claims. */
  readonly onLost: (partition: number, claims: ReadonlySet<Claim<Task>>) => void
}

export class Ownership<Task> {
  readonly #parts: OwnershipParts<Task>
  readonly #open = new Map<number, OwnedPartition<Task>>()
  #loading: ReadonlySet<number> = new Set()

  constructor(parts: OwnershipParts<Task>) {
    this.#parts = parts
  }

  get size(): number {
    return this.#open.size
  }

  get(partition: number): OwnedPartition<Task> | undefined {
    return this.#open.get(partition)
  }

  trackers(): Map<number, OffsetTracker> {
    return new Map([...this.#open].map(([partition, { tracker }]) => [partition, tracker]))
  }

  /**
   * At each join, synchronously: what is lost is dropped, what stays goes on from our own position, the rest is loaded. A
   * member that the group had given up keeps nothing: others may have had its partitions meanwhile.
   */
  assign(assigned: ReadonlySet<number>, sameMember: boolean): void {
    const { source, prefetch } = this.#parts
    for (const [partition, { tracker }] of this.#open) {
      if (!sameMember || !assigned.has(partition)) this.#lose(partition)
      // kafkajs may have taken a commit during the rebalance and never sent it.
      else tracker.forgetCommitted()
    }
    const added = new Set<number>()
    for (const partition of assigned) {
      const position = prefetch.position(partition)
      // kafkajs starts every partition at the committed offset again; a kept one goes on after what lies here.
      if (position !== undefined) source.seek(partition, position)
      else added.add(partition)
    }
    void this.#load(added)
  }

  /** Takes in a fetched batch; false refuses it. */
  take(partition: number, batch: FetchedBatch): boolean {
    const { prefetch } = this.#parts
    if (prefetch.add(partition, batch)) return true
    const owned = this.#open.get(partition)
    if (owned) this.#rewind(partition, owned, batch.from)
    return false
  }

  /**
   * Opens new partitions at their committed offsets. The explicit seek matters: kafkajs keeps a seek of a
   * former time of ours for a partition that was lost before it was applied, and would jump over jobs by it.
   */
  async #load(partitions: ReadonlySet<number>): Promise<void> {
    const { source, prefetch, log, stopping } = this.#parts
    this.#loading = partitions
    if (partitions.size === 0) return
    for (const partition of partitions) source.pause(partition)
    const read = () => source.committed([...partitions])
    const offsets = await untilDone(read, 'committed offsets can’t be read', log, stopping)
    // A later join has its own say.
    if (!offsets || partitions !== this.#loading) return
    this.#loading = new Set()
    for (const [partition, offset] of offsets) {
      this.#open.set(partition, { tracker: new OffsetTracker(offset), claims: new Set() })
      prefetch.open(partition, offset)
      source.seek(partition, offset)
      source.resume(partition)
    }
  }

  /**
   * The log answers from beyond our position. Once: a fetch of another time, so we ask again. Twice in a row: the records
   * between are gone from the log (trimmed by hand, or a topic made anew), and the partition begins anew where it begins.
   */
  #rewind(partition: number, owned: OwnedPartition<Task>, from: number): void {
    const { source, prefetch, log } = this.#parts
    const position = prefetch.position(partition) ?? 0
    if (owned.rewoundAt !== position) {
      owned.rewoundAt = position
      source.seek(partition, position)
      return
    }
    log.error({ partition, position, from }, 'records are gone from the log before they were read')
    this.#lose(partition)
    void this.#load(new Set([...this.#loading, partition]))
  }

  #lose(partition: number): void {
    const { prefetch, onLost } = this.#parts
    const owned = this.#open.get(partition)
    if (!owned) return
    this.#open.delete(partition)
    prefetch.drop(partition)
    onLost(partition, owned.claims)
  }
}
