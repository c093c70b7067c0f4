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
  /** Consumer group of the workers on the jobs topic. KEDA watches its lag. */
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

/**
 * Creates what is missing (a topic that is there keeps its partitions: their number is fixed for its life) and seeds the
 * offsets of both groups where they have none, so that a group which has never committed is not taken for one that
 * has the whole log before it.
 */
export const installTopics = async (kafka: Kafka, admin: Admin, config: Config['kafka']): Promise<void> => {
  const names = topicNames(config.prefix)
  const { partitions, replicationFactor } = config
  const minIsr = { name: 'min.insync.replicas', value: replicationFactor >= 3 ? '2' : '1' }
  const safe = [minIsr, { name: 'unclean.leader.election.enable', value: 'false' }]
  const forEver = [...safe, { name: 'retention.ms', value: '-1' }, { name: 'retention.bytes', value: '-1' }]
  const wanted = [
    { topic: names.jobs, numPartitions: partitions, configEntries: forEver },
    { topic: names.control, numPartitions: Math.min(partitions, 4), configEntries: forEver },
    // A copy is larger than what it copies: headers say why.
    {
      topic: names.dead,
      numPartitions: 1,
      configEntries: [...forEver, { name: 'max.message.bytes', value: '2097152' }],
    },
    {
      topic: names.events,
      numPartitions: 1,
      configEntries: [...safe, { name: 'retention.ms', value: '3600000' }],
    },
  ]
  const present = new Set(await admin.listTopics())
  const missing = wanted
    .filter(({ topic }) => !present.has(topic))
    .map((topic) => ({ ...topic, replicationFactor }))
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
  await Promise.all([
    seedOffsets(kafka, admin, names.slaves, names.jobs),
    seedOffsets(kafka, admin, names.masters, names.control),
  ])
}

/**
 * Commits the log's start where a group has no offset. Only members may commit in kafkajs, so we join for a moment
 * (`admin.setOffsets` does the same, with a wait of five seconds).
 */
const seedOffsets = async (kafka: Kafka, admin: Admin, groupId: string, topic: string): Promise<void> => {
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const unset = committed?.partitions.filter(({ offset }) => offset === '-1') ?? []
  if (unset.length === 0) return
  const starts = new Map((await admin.fetchTopicOffsets(topic)).map((it) => [it.partition, it.low]))
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, allowAutoTopicCreation: false })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve())
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} })
    await joined
    await consumer.commitOffsets(
      unset.map(({ partition }) => ({ topic, partition, offset: starts.get(partition) ?? '0' })),
    )
  } finally {
    await consumer.disconnect()
  }
}
