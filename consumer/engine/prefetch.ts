import { type LogRecord, type Records, sizeOf } from '../../core/kafka/log-records.ts'
import type { FetchedBatch } from './source.ts'
import type { Fit } from './window.ts'

/** Bytes of a partition's prefetched records above which its fetching pauses, and below which it goes on. */
export const PAUSE_ABOVE = 512 * 1024
export const RESUME_BELOW = PAUSE_ABOVE / 2
/**
 * Bytes of all partitions' prefetched records above which each is content with an eighth: thousands of records wait then, and a
 * partition that has run dry is fetched long before they do. One that has no more than that is fetched on, whatever lies of others.
 */
export const PLENTY = 4 * 1024 * 1024
const SHARE_IN_PLENTY = 1 / 8
/**
 * Bytes of a partition's records that wait behind their key's share of the window, above which its fetching pauses, too: so
 * far can be looked past a hot key.
 */
export const HOLD_BACK_LIMIT = 4 * PAUSE_ABOVE

export interface PrefetchedRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  readonly record: LogRecord
  readonly bytes: number
}

interface Queue {
  /** As fetched: what waits is not taken apart. */
  readonly fetched: Records[]
  /** The first of them all, once it was looked at. */
  first: PrefetchedRecord | undefined
  firstBytes: number
  /** How many wait, the first included, and the bytes that these take. */
  count: number
  bytes: number
  /** Records that were passed because their key had its share, in log order by key. */
  readonly heldBack: Map<string, PrefetchedRecord[]>
  heldBackBytes: number
  paused: boolean
  /** The offset after the last record taken in: what the log delivers again below it is known already. */
  position: number
}

/** Who takes records out. */
export interface Taker {
  /** The record has its turn for the first time; false where it is done already and falls away. */
  see(record: PrefetchedRecord): boolean
  fits(record: PrefetchedRecord): Fit
  claim(record: PrefetchedRecord): void
}

/**
 * Records that were fetched and not yet claimed, by partition.
 *
 * A fetched batch is taken whole and its handler returns at once, so that one partition that can't go on (a hot key, a
 * full window) never holds up the fetching of the others: kafkajs sends a broker's next fetch only when every batch of
 * the last one is through. Fetching of a partition pauses while enough of it lies here, and since a batch is
 * never given back nothing is fetched twice.
 *
 * States of a record: fresh → (held back, where its key has its share of the window) → claimed. Once a key is held back, what
 * follows of it is too, so that its order stays.
 */
export class Prefetch {
  readonly #queues = new Map<number, Queue>()
  readonly #pause: (partition: number) => void
  readonly #resume: (partition: number) => void
  /** Of all queues. */
  #bytes = 0
  /** Partitions that have moved since they were told to be passed. */
  readonly #moved = new Set<number>()

  constructor(pause: (partition: number) => void, resume: (partition: number) => void) {
    this.#pause = pause
    this.#resume = resume
  }

  /** Begins a partition at an offset. */
  open(partition: number, position: number): void {
    this.#bytes -= this.#queues.get(partition)?.bytes ?? 0
    this.#queues.set(partition, {
      fetched: [],
      first: undefined,
      firstBytes: 0,
      count: 0,
      bytes: 0,
      heldBack: new Map(),
      heldBackBytes: 0,
      paused: false,
      position,
    })
  }

  /** The offset to fetch next, or undefined where the partition is not open. */
  position(partition: number): number | undefined {
    return this.#queues.get(partition)?.position
  }

  /** Partitions whose position may lie beyond all records that had their turn. */
  get moved(): ReadonlySet<number> {
    return this.#moved
  }

  /** A partition need not be looked at again until it moves. */
  passed(partition: number): void {
    this.#moved.delete(partition)
  }

  /** The offset up to which every record has had its turn, or undefined where some has not. */
  drainedTo(partition: number): number | undefined {
    const queue = this.#queues.get(partition)
    return queue?.count === 0 ? queue.position : undefined
  }

  /**
   * Takes in a batch. Refused (false) where the partition is not open, and where the
   * batch begins after our position: it was asked for in another time, and what lies between would be lost.
   */
  add(partition: number, { from, next, records }: FetchedBatch): boolean {
    const queue = this.#queues.get(partition)
    if (!queue || from > queue.position) return false
    records.skipTo(queue.position)
    if (records.count > 0) {
      queue.fetched.push(records)
      queue.count += records.count
      this.#weigh(queue, records.bytes)
    }
    queue.position = Math.max(queue.position, next)
    this.#moved.add(partition)
    // Also where it is paused already: a consumer that began anew has forgotten it.
    if (queue.bytes > this.#share * PAUSE_ABOVE || queue.heldBackBytes > HOLD_BACK_LIMIT) {
      queue.paused = true
      this.#pause(partition)
    }
    return true
  }

  /** Has records claimed, one of each partition in turn, for as long as they fit. */
  take(taker: Taker): void {
    const open = new Set<[number, Queue]>()
    for (const entry of this.#queues)
      if (entry[1].count > 0 || entry[1].heldBack.size > 0 || entry[1].paused) open.add(entry)
    while (open.size > 0) {
      for (const entry of open) {
        const [partition, queue] = entry
        if (!this.#takeHeldBack(queue, taker) && !this.#takeFresh(partition, queue, taker)) open.delete(entry)
        this.#resumeIfLow(partition, queue)
      }
    }
    this.#rotate()
  }

  /** Forgets a partition. A paused one is resumed: kafkajs would keep it paused should it come back. */
  drop(partition: number): void {
    const queue = this.#queues.get(partition)
    if (queue?.paused) this.#resume(partition)
    this.#bytes -= queue?.bytes ?? 0
    this.#queues.delete(partition)
    this.#moved.delete(partition)
  }

  /** The first offset of a key that waits for its share of the window, if any does. */
  heldBackFrom(partition: number, key: string): number | undefined {
    return this.#queues.get(partition)?.heldBack.get(key)?.[0]?.offset
  }

  get records(): number {
    let sum = 0
    for (const { count, heldBack } of this.#queues.values()) {
      sum += count
      for (const held of heldBack.values()) sum += held.length
    }
    return sum
  }

  #takeHeldBack(queue: Queue, taker: Taker): boolean {
    if (queue.heldBack.size === 0) return false
    for (const [key, records] of queue.heldBack) {
      const [first] = records
      if (!first || taker.fits(first) !== 'fits') continue
      records.shift()
      if (records.length === 0) queue.heldBack.delete(key)
      queue.heldBackBytes -= first.bytes
      taker.claim(first)
      return true
    }
    return false
  }

  /** Claims the next fresh record that can be; false where there is none. */
  #takeFresh(partition: number, queue: Queue, taker: Taker): boolean {
    for (let record = this.#first(partition, queue); record; record = this.#first(partition, queue)) {
      const behind = record.key === undefined ? undefined : queue.heldBack.get(record.key)
      const fit = behind ? 'key full' : taker.fits(record)
      if (fit === 'full') return false
      if (fit === 'key full' && queue.heldBackBytes > HOLD_BACK_LIMIT) return false
      this.#passFirst(queue)
      if (!taker.see(record)) continue
      if (fit === 'fits') {
        taker.claim(record)
        return true
      }
      queue.heldBackBytes += record.bytes
      if (behind) behind.push(record)
      else if (record.key !== undefined) queue.heldBack.set(record.key, [record])
    }
    return false
  }

  /** The next record, which is taken apart now. */
  #first(partition: number, queue: Queue): PrefetchedRecord | undefined {
    const [records] = queue.fetched
    if (queue.first || !records) return queue.first
    const before = records.bytes
    const next = records.next()
    if (records.count === 0) queue.fetched.shift()
    if (!next) return undefined
    const { offset, record } = next
    queue.firstBytes = before - records.bytes
    queue.first = { partition, offset, key: record.key?.toString(), record, bytes: sizeOf(record) }
    return queue.first
  }

  #passFirst(queue: Queue): void {
    queue.first = undefined
    queue.count--
    this.#weigh(queue, -queue.firstBytes)
  }

  #weigh(queue: Queue, bytes: number): void {
    queue.bytes += bytes
    this.#bytes += bytes
  }

  get #share(): number {
    return this.#bytes > PLENTY ? SHARE_IN_PLENTY : 1
  }

  #resumeIfLow(partition: number, queue: Queue): void {
    if (!queue.paused || queue.bytes >= this.#share * RESUME_BELOW) return
    if (queue.heldBackBytes > HOLD_BACK_LIMIT) return
    queue.paused = false
    this.#resume(partition)
  }

  /** The partition that was first is last next time. */
  #rotate(): void {
    for (const [partition, queue] of this.#queues) {
      this.#queues.delete(partition)
      this.#queues.set(partition, queue)
      return
    }
  }
}
