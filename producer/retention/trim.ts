/** Deletes the beginning of a topic's log: records of jobs that are done with, once they are old enough. */
import type { Admin } from '../../core/kafka/client.ts'

export interface LogState {
  readonly partition: number
  /** Where the log begins. */
  readonly low: number
  /** Where it ends. */
  readonly high: number
  /** The group's offset; undefined: it has none. */
  readonly committed: number | undefined
  /** Of the first record that is to be kept for its age; the end where there is none. */
  readonly young: number
}

export interface Bound {
  readonly partition: number
  /** The first record that stays. */
  readonly offset: number
  /** Records that go. */
  readonly records: number
}

/**
 * Where each partition's log is to begin, for those where that is at least `least` records further on. Never beyond what is
 * committed: what lies there is work. Without a commit all of it may be.
 */
export const trimBounds = (states: readonly LogState[], least: number): Bound[] =>
  states.flatMap(({ partition, low, high, committed, young }) => {
    if (committed === undefined) return []
    const offset = Math.min(committed, young, high)
    const records = offset - low
    return records >= Math.max(1, least) ? [{ partition, offset, records }] : []
  })

/** Reads what decides. `before`: records from then on are kept, milliseconds since the epoch. */
export const readLogStates = async (
  admin: Admin,
  groupId: string,
  topic: string,
  before: number,
): Promise<LogState[]> => {
  // First of all, since kafkajs learns the topic's leaders by it; `deleteTopicRecords` does not ask.
  const ends = await admin.fetchTopicOffsets(topic)
  const [[group], young] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [topic] }),
    // Of a partition without a record so young: its end, as it was when it was asked.
    admin.fetchTopicOffsetsByTimestamp(topic, before),
  ])
  const committed = new Map(group?.partitions.map((it) => [it.partition, Number(it.offset)]))
  const firstYoung = new Map(young.map((it) => [it.partition, Number(it.offset)]))
  return ends.map(({ partition, low, high }) => {
    const offset = committed.get(partition) ?? -1
    return {
      partition,
      low: Number(low),
      high: Number(high),
      committed: offset < 0 ? undefined : offset,
      young: firstYoung.get(partition) ?? Number(low),
    }
  })
}

/** Whether the group is done with all that is older than `before` was. */
export const isReadUpTo = (states: readonly LogState[]): boolean =>
  states.every(({ committed, young }) => committed !== undefined && committed >= young)

/**
 * Trims a topic; resolves to the number of records that went. Kafka frees whole segments only: the space follows when the
 * last record of one is trimmed.
 * @throws what kafkajs throws, also where some partitions were trimmed (of a request that no broker answers it says a TypeError)
 */
export const trimTopic = async (
  admin: Admin,
  groupId: string,
  topic: string,
  keptMs: number,
  least: number,
): Promise<number> => {
  const states = await readLogStates(admin, groupId, topic, Date.now() - keptMs)
  const bounds = trimBounds(states, least)
  if (bounds.length === 0) return 0
  await admin.deleteTopicRecords({
    topic,
    partitions: bounds.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  })
  return bounds.reduce((sum, { records }) => sum + records, 0)
}
