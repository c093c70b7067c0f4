/** Where a record goes: keyed ones where Kafka's own clients would put them, keyless ones where least waits. */
import kafkajs from 'kafkajs'
import type { LagReading } from '../../core/kafka/lag.ts'

const javaCompatible = kafkajs.Partitioners.DefaultPartitioner()

/** The partition of a key: murmur2 over its UTF-8 bytes, as Kafka's Java client has it, so that all producers agree. */
export const partitionOfKey = (key: string, partitions: number): number =>
  javaCompatible({
    topic: '',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    })),
    message: { key, value: null },
  })

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
