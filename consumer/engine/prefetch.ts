import type { KafkaMessage } from '../../core/kafka/client.ts'
import type { FetchedBatch } from './source.ts'

/** Bytes of a partition's prefetched records above which its fetching pauses, and below which it goes on. */
export const PAUSE_ABOVE = 512 * 1024
export const RESUME_BELOW = PAUSE_ABOVE / 2

/** What a record takes beside its key and value: kafkajs makes some twenty objects of each. */
const OVERHEAD = 1_000

const sizeOf = (message: KafkaMessage): number =>
  (message.value?.length ?? 0) + (message.key?.length ?? 0) + OVERHEAD

export interface PrefetchedRecord {
  readonly partition: number
  readonly offset: number
  readonly message: KafkaMessage
  readonly bytes: number
}

interface Queue {
  readonly records: PrefetchedRecord[]
  /** Index of the next record: shifting long arrays is slow. */
  next: number
  bytes: number
  paused: boolean
  /** The offset after the last record taken in: what the log delivers again below it is known already. */
  position: number
}

/**
 * Records that were fetched and not yet claimed, by partition.
 *
 * A fetched batch is taken whole and its handler returns at once, so that one partition that can't go on (a hot key, a
 * full window) never holds up the fetching of the others: kafkajs sends a broker's next fetch only when every batch of
 * the last one is through. Fetching of a partition pauses while enough of it lies here, and since a batch is
 * never given back nothing is fetched twice.
 */
export class Prefetch {
  readonly #queues = new Map<number, Queue>()
  readonly #pause: (partition: number) => void
  readonly #resume: (partition: number) => void

  constructor(pause: (partition: number) => void, resume: (partition: number) => void) {
    this.#pause = pause
    this.#resume = resume
  }

  /** Begins a partition at an offset. */
  open(partition: number, position: number): void {
    this.#queues.set(partition, { records: [], next: 0, bytes: 0, paused: false, position })
  }

  /** The offset to fetch next, or undefined where the partition is not open. */
  position(partition: number): number | undefined {
    return this.#queues.get(partition)?.position
  }

  /** The offset up to which nothing lies here any more, or undefined where something does. */
  drainedTo(partition: number): number | undefined {
    const queue = this.#queues.get(partition)
    return queue && queue.next === queue.records.length ? queue.position : undefined
  }

  /**
   * Takes in a batch. Refused (false) where the partition is not open, and where the
   * batch begins after our position: it was asked for in another time, and what lies between would be lost.
   */
  add(partition: number, { from, next, messages }: FetchedBatch): boolean {
    const queue = this.#queues.get(partition)
    if (!queue || from > queue.position) return false
    for (const message of messages) {
      const offset = Number(message.offset)
      if (offset < queue.position) continue
      const bytes = sizeOf(message)
      queue.records.push({ partition, offset, message, bytes })
      queue.bytes += bytes
    }
    queue.position = Math.max(queue.position, next)
    // Also where it is paused already: a consumer that began anew has forgotten it.
    if (queue.bytes > PAUSE_ABOVE) {
      queue.paused = true
      this.#pause(partition)
    }
    return true
  }

  /**
   * Takes records, one partition after the other in turn, for as long as `accept` says yes; a partition whose next
   * record is refused is left alone this time.
   */
  take(accept: (record: PrefetchedRecord) => boolean): PrefetchedRecord[] {
    const taken: PrefetchedRecord[] = []
    const open = new Set(this.#queues.keys())
    while (open.size > 0) {
      for (const partition of open) {
        const queue = this.#queues.get(partition)
        const record = queue?.records[queue.next]
        if (!queue || !record || !accept(record)) {
          open.delete(partition)
          continue
        }
        this.#shift(queue, record)
        taken.push(record)
      }
    }
    this.#rotate()
    return taken
  }

  /** Forgets a partition. A paused one is resumed: kafkajs would keep it paused should it come back. */
  drop(partition: number): void {
    if (this.#queues.get(partition)?.paused) this.#resume(partition)
    this.#queues.delete(partition)
  }

  get records(): number {
    let sum = 0
    for (const queue of this.#queues.values()) sum += queue.records.length - queue.next
    return sum
  }

  #shift(queue: Queue, record: PrefetchedRecord): void {
    queue.next++
    queue.bytes -= record.bytes
    if (queue.next === queue.records.length || queue.next >= 1024) {
      queue.records.splice(0, queue.next)
      queue.next = 0
    }
    if (queue.paused && queue.bytes < RESUME_BELOW) {
      queue.paused = false
      this.#resume(record.partition)
    }
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
