/**
 * Lag: what is in the log and not yet committed, by partition, and how fast both ends move.
 * Committed offsets are what KEDA scales on, so they are what is shown here too.
 */
import type { Admin } from './client.ts'

/** Offsets and lag of one partition, in jobs. `committedOffset` is null where the group has never committed. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly endOffset: number
  readonly committedOffset: number | null
  readonly lag: number
}

/** One reading of whole topics: their partitions in the order of the topics that were asked for. */
export interface LagReading {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly partitions: readonly PartitionLag[]
}

/** Reads lag once: one request to the group's coordinator for all topics, two a topic to its leaders, all at once. */
export const readLag = async (
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<LagReading> => {
  const [committed, ...ends] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [...topics] }),
    ...topics.map((topic) => admin.fetchTopicOffsets(topic)),
  ])
  const offsets = new Map(
    committed.map((it) => [
      it.topic,
      new Map(it.partitions.map(({ partition, offset }) => [partition, Number(offset)])),
    ]),
  )
  // While it learns of a topic kafkajs answers without it: lag that is none, or all that the log holds.
  const unknown = topics.find((topic, rank) => !offsets.get(topic)?.size || !ends[rank]?.length)
  if (unknown !== undefined) throw new Error(`nothing is said of ${unknown}`)
  const partitions = topics.flatMap((topic, rank) =>
    (ends[rank] ?? [])
      .map(({ partition, high, low }) => {
        const endOffset = Number(high)
        const offset = offsets.get(topic)?.get(partition) ?? -1
        // Trimmed below the commit or expired above it: what is gone is no work.
        const from = Math.max(offset, Number(low))
        return {
          topic,
          partition,
          endOffset,
          committedOffset: offset < 0 ? null : offset,
          lag: Math.max(0, endOffset - from),
        }
      })
      .sort((a, b) => a.partition - b.partition),
  )
  return { at: Date.now(), partitions }
}

/** What a reading says of one of its topics: partitions by their number. */
export const ofTopic = ({ at, partitions }: LagReading, topic: string): LagReading => ({
  at,
  partitions: partitions.filter((it) => it.topic === topic),
})

export const totalLag = (reading: LagReading): number =>
  reading.partitions.reduce((sum, { lag }) => sum + lag, 0)

const endSum = ({ partitions }: LagReading): number => partitions.reduce((sum, it) => sum + it.endOffset, 0)
const doneSum = ({ partitions }: LagReading): number =>
  partitions.reduce((sum, it) => sum + it.endOffset - it.lag, 0)

/** Rates in jobs/s between the oldest and the newest of the readings given (oldest first); 0 with fewer than two. */
export const rates = (readings: readonly LagReading[]): { arrivalRate: number; drainRate: number } => {
  const first = readings[0]
  const last = readings.at(-1)
  if (!first || !last || last.at <= first.at) return { arrivalRate: 0, drainRate: 0 }
  const seconds = (last.at - first.at) / 1000
  const rate = (jobs: number): number => Math.max(0, Math.round((jobs / seconds) * 10) / 10)
  return { arrivalRate: rate(endSum(last) - endSum(first)), drainRate: rate(doneSum(last) - doneSum(first)) }
}

/** Jobs/s committed in one partition between the oldest and the newest of these readings of one topic. */
export const partitionDrainRate = (readings: readonly LagReading[], partition: number): number => {
  const of = (reading: LagReading | undefined): PartitionLag | undefined =>
    reading?.partitions.find((it) => it.partition === partition)
  const [first, last] = [readings[0], readings.at(-1)]
  const [from, to] = [of(first)?.committedOffset ?? null, of(last)?.committedOffset ?? null]
  if (!first || !last || last.at <= first.at || from === null || to === null) return 0
  return Math.max(0, ((to - from) * 1000) / (last.at - first.at))
}

/** Keeps the readings of the last `windowMs`, newest last, and one before them so that a rate spans the window. */
export const keepReadings = (
  readings: readonly LagReading[],
  next: LagReading,
  windowMs: number,
): readonly LagReading[] => {
  const kept = [...readings, next]
  const firstInside = kept.findIndex(({ at }) => at > next.at - windowMs)
  return kept.slice(Math.max(0, firstInside - 1))
}
