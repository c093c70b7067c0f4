/** What a group has committed of its partitions, and where their logs begin and end. */
import type { Admin } from '../../core/kafka/client.ts'
import type { Numbering } from '../../core/kafka/numbering.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Commit } from './committer.ts'
import { decodeFinished, encodeFinished } from './offset-metadata.ts'

/** The first offset that a log holds, and the one after its last record. */
export interface LogBounds {
  readonly low: number
  readonly high: number
}

export interface GroupOffsets {
  /**
   * What the group has committed; the log's start where it has nothing, or what the log doesn't hold (any more: records were
   * deleted by hand, or the topic made anew).
   */
  committed(partitions: readonly number[]): Promise<Map<number, Commit>>
  /** Where the log begins and ends, of all partitions of these topics. */
  ends(topics: readonly string[]): Promise<Map<number, LogBounds>>
}

/** Asks the brokers through `admin`, which is connected by then. */
export const groupOffsets = (
  admin: Admin,
  groupId: string,
  { numberOf, placeOf }: Numbering,
  log: Logger,
): GroupOffsets => {
  const ends = async (topics: readonly string[]): Promise<Map<number, LogBounds>> => {
    const bounds = await Promise.all(
      topics.map(async (topic) =>
        (await admin.fetchTopicOffsets(topic)).map(
          ({ partition, low, high }) =>
            [numberOf({ topic, partition }), { low: Number(low), high: Number(high) }] as const,
        ),
      ),
    )
    return new Map(bounds.flat())
  }

  const committed = async (partitions: readonly number[]): Promise<Map<number, Commit>> => {
    const topics = [...new Set(partitions.map((number) => placeOf(number).topic))]
    const group = await admin.fetchOffsets({ groupId, topics })
    // After it: an end that was read before the commit may lie below it, as if the log had been made anew.
    const bounds = await ends(topics)
    const stored = new Map(
      group.flatMap(({ topic, partitions: its }) =>
        its.map((it) => [numberOf({ topic, partition: it.partition }), it] as const),
      ),
    )
    // While it learns of a topic kafkajs answers without it: that is no answer, and least of all that nothing was committed.
    const unknown = partitions.filter((number) => !stored.has(number) || !bounds.has(number)).map(placeOf)
    if (unknown.length > 0) throw new Error(`nothing is said of ${JSON.stringify(unknown)}`)
    const commits = new Map<number, Commit>()
    for (const [number, { low, high }] of bounds) {
      if (!partitions.includes(number)) continue
      const place = placeOf(number)
      const { offset: text = '-1', metadata } = stored.get(number) ?? {}
      const offset = Number(text)
      if (offset < low || offset > high) {
        if (offset >= 0)
          log.error({ ...place, offset, low, high }, 'the log doesn’t hold the committed offset')
        commits.set(number, { offset: low, finished: [] })
        continue
      }
      const finished = decodeFinished({ ...place, offset }, metadata ?? '')
      if (!finished) log.warn({ ...place, offset, metadata }, 'metadata of a commit is not ours; left unread')
      commits.set(number, { offset, finished: finished ?? [] })
    }
    return commits
  }

  return { committed, ends }
}

/** Commits as kafkajs takes them: a place, an offset, and in its metadata what is finished beyond it. */
export const offsetsOf = (commits: ReadonlyMap<number, Commit>, { placeOf }: Numbering) =>
  [...commits].map(([number, { offset, finished }]) => {
    const place = placeOf(number)
    return { ...place, offset: String(offset), metadata: encodeFinished({ ...place, offset }, finished) }
  })
