/**
 * Who may run next: jobs of one key one after the other in log order, everything else at once; priorities by their weights,
 * partitions of one priority in turn.
 *
 * A keyed job is ready when it is the first of its lane; its lane holds the rest until {@link KeyLanes.done}. A keyless
 * job is ready at once. A key lives in one partition, so lanes are per partition and go with it.
 */
import { WeightedTurns } from './turns.ts'

export interface LaneItem {
  readonly partition: number
  readonly key: string | undefined
}

interface PartitionLanes<Item> {
  readonly ready: Item[]
  /** Behind the first of each key. A key is here while one of its jobs is ready, running or waiting to be retried. */
  readonly behind: Map<string, Item[]>
}

export interface LaneOrder {
  /** Weight of each priority. */
  readonly weights: readonly number[]
  /** Index of a partition's priority. */
  readonly rankOf: (partition: number) => number
}

export class KeyLanes<Item extends LaneItem> {
  readonly #partitions = new Map<number, PartitionLanes<Item>>()
  readonly #rankOf: LaneOrder['rankOf']
  readonly #ranks: WeightedTurns
  /** By rank: partitions with ready jobs, the one whose turn it is first. */
  readonly #turns: readonly Set<number>[]
  #ready = 0

  constructor({ weights, rankOf }: LaneOrder = { weights: [1], rankOf: () => 0 }) {
    this.#rankOf = rankOf
    this.#ranks = new WeightedTurns(weights)
    this.#turns = weights.map(() => new Set())
  }

  /** Jobs that could start now. */
  get ready(): number {
    return this.#ready
  }

  /** Partitions in which jobs wait behind others of their keys, and the number of keys that have a job there. */
  keysInTheWay(): { partition: number; keys: number }[] {
    return [...this.#partitions].flatMap(([partition, { behind }]) => {
      for (const waiting of behind.values()) if (waiting.length > 0) return [{ partition, keys: behind.size }]
      return []
    })
  }

  add(item: Item): void {
    const lanes = this.#lanesOf(item.partition)
    const behind = item.key === undefined ? undefined : lanes.behind.get(item.key)
    if (behind) behind.push(item)
    else {
      if (item.key !== undefined) lanes.behind.set(item.key, [])
      this.#makeReady(lanes, item)
    }
  }

  /** The next job to run, or undefined. Its key is blocked until `done`. */
  take(): Item | undefined {
    const rank = this.#ranks.next((index) => (this.#turns[index]?.size ?? 0) > 0)
    const turn = rank === undefined ? undefined : this.#turns[rank]
    for (const partition of turn ?? []) {
      const lanes = this.#partitions.get(partition)
      const item = lanes?.ready.shift()
      turn?.delete(partition)
      if (!lanes || !item) continue
      if (lanes.ready.length > 0) turn?.add(partition)
      this.#ready--
      return item
    }
    return undefined
  }

  /** A job that was taken is to run again: it keeps its place at the head of its key. */
  again(item: Item): void {
    const lanes = this.#partitions.get(item.partition)
    if (lanes) this.#makeReady(lanes, item)
  }

  /** A job that was taken has ended: the next of its key may run. */
  done(item: Item): void {
    const lanes = this.#partitions.get(item.partition)
    if (!lanes || item.key === undefined) return
    const behind = lanes.behind.get(item.key)
    const next = behind?.shift()
    if (next) this.#makeReady(lanes, next)
    else lanes.behind.delete(item.key)
  }

  /** A job that was taken goes elsewhere: takes out and gives what is behind it, in order. */
  clear(item: Item): readonly Item[] {
    const lanes = this.#partitions.get(item.partition)
    if (!lanes || item.key === undefined) return []
    const behind = lanes.behind.get(item.key) ?? []
    lanes.behind.delete(item.key)
    return behind
  }

  /** Forgets a partition: its jobs are somebody else's now. */
  drop(partition: number): void {
    this.#ready -= this.#partitions.get(partition)?.ready.length ?? 0
    this.#partitions.delete(partition)
    this.#turns[this.#rankOf(partition)]?.delete(partition)
  }

  #lanesOf(partition: number): PartitionLanes<Item> {
    const present = this.#partitions.get(partition)
    if (present) return present
    const lanes = { ready: [], behind: new Map() }
    this.#partitions.set(partition, lanes)
    return lanes
  }

  #makeReady(lanes: PartitionLanes<Item>, item: Item): void {
    lanes.ready.push(item)
    this.#turns[this.#rankOf(item.partition)]?.add(item.partition)
    this.#ready++
  }
}
