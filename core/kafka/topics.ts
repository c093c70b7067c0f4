/** The topics, their settings, and the offsets that their groups start from. */
import type { Config } from '../config.ts'
import type { Admin, Kafka } from './client.ts'

export interface TopicNames {
  readonly jobs: string
  /** The jobs topics by priority, in the order of `priorities`; the first is `jobs`. */
  readonly byPriority: readonly [normal: string, high: string, low: string]
  readonly control: string
  readonly dead: string
  readonly events: string
  /** Consumer group of the workers, on all jobs topics. KEDA watches its lag. */
  readonly slaves: string
  /** Consumer group of the masters on the control topic. */
  readonly masters: string
}

export const topicNames = (prefix: string): TopicNames => ({
  jobs: `${prefix}.jobs`,
  byPriority: [`${prefix}.jobs`, `${prefix}.jobs.high`, `${prefix}.jobs.low`],
  control: `${prefix}.control`,
  dead: `${prefix}.dead`,
  events: `${prefix}.events`,
  slaves: `${prefix}-slaves`,
  masters: `${prefix}-masters`,
})

/** Number of partitions of a topic that is there. */
const partitionsOf = async (admin: Admin, topic: string): Promise<number | undefined> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics[0]?.partitions.length
}

/**
 * Creates what is missing (a topic that is there keeps its partitions: their number is fixed for its life; a jobs topic that
 * joins others has as many as they) and seeds the offsets of both groups where they have none, so that a group which has
 * never committed is not taken for one that has the whole log before it.
 */
export const installTopics = async (
  kafka: Kafka,
  admin: Admin,
  { kafka: config, retention }: Pick<Config, 'kafka' | 'retention'>,
): Promise<void> => {
  const names = topicNames(config.prefix)
  const { replicationFactor } = config
  const present = new Set(await admin.listTopics())
  const first = names.byPriority.find((topic) => present.has(topic))
  const ofFirst = first === undefined ? undefined : await partitionsOf(admin, first)
  const partitions = ofFirst ?? config.partitions
  const minIsr = { name: 'min.insync.replicas', value: replicationFactor >= 3 ? '2' : '1' }
  const safe = [minIsr, { name: 'unclean.leader.election.enable', value: 'false' }]
  const forEver = [...safe, { name: 'retention.ms', value: '-1' }, { name: 'retention.bytes', value: '-1' }]
  // Trimmed from their beginning (`producer/retention`), and what is trimmed is freed a segment at a time: Kafka's default is 1 GB.
  const trimmed = [...forEver, { name: 'segment.bytes', value: '134217728' }]
  const wanted = [
    ...names.byPriority.map((topic) => ({ topic, numPartitions: partitions, configEntries: trimmed })),
    { topic: names.control, numPartitions: Math.min(config.partitions, 4), configEntries: trimmed },
    // A copy is larger than what it copies: headers say why.
    {
      topic: names.dead,
      numPartitions: 1,
      configEntries: [
        ...safe,
        { name: 'retention.ms', value: String(retention.deadLettersMs) },
        { name: 'max.message.bytes', value: '2097152' },
      ],
    },
    {
      topic: names.events,
      numPartitions: 1,
      configEntries: [...safe, { name: 'retention.ms', value: '3600000' }],
    },
  ]
  const missing = wanted
    .filter(({ topic }) => !present.has(topic))
    .map((topic) => ({ ...topic, replicationFactor }))
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
  // One after the other: where one fails nothing of the other goes on unseen, and leaves a member behind that its group waits for.
  await seedOffsets(kafka, admin, names.slaves, names.byPriority)
  await seedOffsets(kafka, admin, names.masters, [names.control])
}

/** Partitions without an offset of the group, and where their logs start. */
export const unseeded = async (
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<{ topic: string; partition: number; offset: string }[]> => {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] })
  const unset = committed.flatMap(({ topic, partitions }) =>
    partitions.filter(({ offset }) => Number(offset) < 0).map(({ partition }) => ({ topic, partition })),
  )
  const lacking = [...new Set(unset.map(({ topic }) => topic))]
  const starts = new Map(
    await Promise.all(
      lacking.map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic)
        return [topic, new Map(offsets.map(({ partition, low }) => [partition, low]))] as const
      }),
    ),
  )
  return unset.map((it) => ({ ...it, offset: starts.get(it.topic)?.get(it.partition) ?? '0' }))
}

/**
 * Commits the log's start where a group has no offset. Only members may commit in kafkajs, so we join for a moment
 * (`admin.setOffsets` does the same, with a wait of five seconds). We join with all of the group's topics, whichever lack offsets:
 * its leader deals out what any member has subscribed to, so one that knows of a part of them could leave the rest to nobody.
 */
const seedOffsets = async (
  kafka: Kafka,
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<void> => {
  const unset = await unseeded(admin, groupId, topics)
  if (unset.length === 0) return
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, allowAutoTopicCreation: false })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve())
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => {},
    })
    // It fetches nothing: of a commit that is outside of its log kafkajs would make one of −2, which is none.
    consumer.pause(topics.map((topic) => ({ topic })))
    await running
    await joined
    await consumer.commitOffsets(unset)
  } finally {
    await consumer.disconnect()
  }
}
