/**
 * One number for a partition of any of several topics, so that whoever works through them needs no pairs: those of the first
 * topic keep their own, those of the next begin at 4096 (a job id has room for so many partitions of a topic), and so on.
 */
import type { Place } from '../parking.ts'

const PARTITIONS = 4096

export interface Numbering {
  readonly topics: readonly string[]
  /** @throws RangeError for a topic that is none of these */
  numberOf(place: Place): number
  placeOf(number: number): Place
  /** Index of its topic. */
  rankOf(number: number): number
}

export const numberingOf = (topics: readonly string[]): Numbering => ({
  topics,
  numberOf: ({ topic, partition }) => {
    const rank = topics.indexOf(topic)
    if (rank === -1) throw new RangeError(`${topic} is none of ${topics.join(', ')}`)
    return rank * PARTITIONS + partition
  },
  placeOf: (number) => ({
    topic: topics[Math.floor(number / PARTITIONS)] ?? '',
    partition: number % PARTITIONS,
  }),
  rankOf: (number) => Math.floor(number / PARTITIONS),
})
