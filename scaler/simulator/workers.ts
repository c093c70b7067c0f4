/**
 * Workers at work. A worker is a token bucket: `concurrency` jobs deep, filled with concurrency / service time: after an idle time it
 * ends as many jobs as it has slots within one service time, then as many as they let through. It shares itself out evenly
 * among its partitions with work, and what one leaves the others take.
 */
import type { Group } from './group.ts'
import type { Queues } from './queues.ts'
import type { WaitHistogram } from './waiting.ts'

export interface Bucket {
  /** Slots of a worker, jobs. */
  readonly depth: number
  /** Jobs that it ends in a step at most. */
  readonly perStep: number
}

/** The level at which a budget serves demands so that none gets more than another that wants more (max-min fair). */
const fairLevel = (demands: Float64Array, count: number, budget: number): number => {
  let level = budget / count
  // Each round settles those below the level; what they leave raises it.
  for (;;) {
    let used = 0
    let open = 0
    for (let index = 0; index < count; index++) {
      const demand = demands[index] ?? 0
      if (demand <= level) used += demand
      else open++
    }
    if (open === 0) return level
    const next = (budget - used) / open
    if (next <= level * (1 + 1e-12)) return next
    level = next
  }
}

export class Workers {
  readonly #queues: Queues
  readonly #group: Group
  readonly #waits: WaitHistogram
  readonly #bucket: Bucket
  /** By pod; a new worker has nothing saved. */
  readonly #tokens = new Map<number, number>()
  readonly #demands: Float64Array

  constructor(queues: Queues, group: Group, waits: WaitHistogram, bucket: Bucket) {
    this.#queues = queues
    this.#group = group
    this.#waits = waits
    this.#bucket = bucket
    this.#demands = new Float64Array(queues.count)
    for (const member of group.shares.members) this.#tokens.set(member, bucket.depth)
  }

  /** Forgets pods that are gone. */
  forget(gone: readonly number[]): void {
    for (const pod of gone) this.#tokens.delete(pod)
  }

  /** A step that begins at `startMs`. Leaving pods rest. */
  work(step: number, startMs: number, leaving: ReadonlySet<number>): void {
    const { members, starts, queues: list } = this.#group.shares
    const { depth, perStep } = this.#bucket
    for (const [rank, pod] of members.entries()) {
      if (leaving.has(pod)) continue
      const from = starts[rank] ?? 0
      const count = (starts[rank + 1] ?? from) - from
      const budget = Math.min(Math.max(depth, perStep), (this.#tokens.get(pod) ?? 0) + perStep)
      let wanted = 0
      for (let index = 0; index < count; index++) {
        const queue = list[from + index] ?? 0
        const demand = this.#isPaused(queue, startMs) ? 0 : this.#queues.demand(queue)
        this.#demands[index] = demand
        wanted += demand
      }
      const level = wanted > budget ? fairLevel(this.#demands, count, budget) : Number.POSITIVE_INFINITY
      for (let index = 0; index < count; index++) {
        const jobs = Math.min(this.#demands[index] ?? 0, level)
        if (jobs > 0) this.#queues.serve(list[from + index] ?? 0, jobs, step, this.#waits)
      }
      this.#tokens.set(pod, Math.max(0, budget - Math.min(wanted, budget)))
    }
  }

  #isPaused(queue: number, atMs: number): boolean {
    return (this.#group.pausedUntil[this.#queues.partitionOf[queue] ?? 0] ?? 0) > atMs
  }
}
