/** Where a record goes: keyed ones where Kafka's own clients would put them, keyless ones where least waits. */
import type { LagReading } from '../../core/kafka/lag.ts'

const MULTIPLIER = 0x5bd1e995
const SEED = 0x9747b28c

/** murmur2 of 32 bits (Austin Appleby, 2008), as Kafka's Java client has it. */
const murmur2 = (bytes: Buffer): number => {
  let hash = SEED ^ bytes.length
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER)
  }
  if (at < bytes.length) {
    for (let i = bytes.length - 1; i >= at; i--) hash ^= bytes.readUInt8(i) << (8 * (i - at))
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition of a key: by its UTF-8 bytes, as Kafka's Java client has it, so that all producers agree. */
export const partitionOfKey = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions

/** What waits in each partition: the last lag reading and what was sent since. */
export class PartitionLoad {
  readonly #load: number[]
  #turn = 0

  constructor(partitions: number) {
    this.#load = Array.from({ length: partitions }, () => 0)
  }

  /** Takes over a reading: what was sent before it is in it. */
  observe(reading: LagReading): void {
    for (const { partition, lag } of reading.partitions)
      if (partition < this.#load.length) this.#load[partition] = lag
  }

  sent(partition: number, jobs: number): void {
    this.#load[partition] = (this.#load[partition] ?? 0) + jobs
  }

  /** The least loaded of these; among equals each in turn. @throws RangeError for none */
  least(candidates: readonly number[]): number {
    this.#turn++
    let best: number | undefined
    for (let i = 0; i < candidates.length; i++) {
      const partition = candidates[(i + this.#turn) % candidates.length]
      if (partition === undefined) continue
      if (best === undefined || (this.#load[partition] ?? 0) < (this.#load[best] ?? 0)) best = partition
    }
    if (best === undefined) throw new RangeError('no partition to choose from')
    return best
  }
}
