/** Reads what a run has left in Kafka and in the workers' files, with clients of the test's own. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kafka, KafkaMessage } from 'kafkajs'
import { readTopic, type TopicRecord } from '../support/log.ts'
import type { DeadCopy, LogEntry, PartitionState, Run } from './evidence.ts'

/** Header of the records that are no jobs, made by the test. */
export const POISON_HEADER = 'chaos-poison'

const withAdmin = async <T>(
  kafka: Kafka,
  ask: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
): Promise<T> => {
  const admin = kafka.admin()
  await admin.connect()
  return ask(admin).finally(() => admin.disconnect())
}

/** Where the group stands in each partition of the topics. */
export const readPartitions = (
  kafka: Kafka,
  topics: readonly string[],
  groupId: string,
): Promise<PartitionState[]> =>
  withAdmin(kafka, async (admin) => {
    const stands = await admin.fetchOffsets({ groupId, topics: [...topics] })
    const committed = new Map(
      stands.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic} ${partition}`, Number(offset)]),
      ),
    )
    const states = await Promise.all(
      topics.map(async (topic) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
          topic,
          partition,
          committed: committed.get(`${topic} ${partition}`) ?? -1,
          end: Number(high),
        })),
      ),
    )
    return states.flat().sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
  })

const READ_LIMIT_MS = 120_000

/** Every record that the topic holds now, by partition and offset. */
const readOnce = async (kafka: Kafka, topic: string): Promise<TopicRecord[]> => {
  const order = new Map<string, TopicRecord>()
  // A reader, too, may be given a record twice.
  for (const record of await readTopic(kafka, topic, READ_LIMIT_MS))
    order.set(`${record.partition}:${record.message.offset}`, record)
  return [...order.values()].sort(
    (a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset),
  )
}

const header = ({ headers }: KafkaMessage, name: string): string | undefined => headers?.[name]?.toString()

export const readJobs = async (kafka: Kafka, topics: readonly string[]): Promise<LogEntry[]> => {
  const logs = await Promise.all(
    topics.map(async (topic) =>
      (await readOnce(kafka, topic)).map(({ partition, message }) => ({
        topic,
        partition,
        offset: Number(message.offset),
        key: message.key?.toString(),
        value: message.value?.toString(),
        id: header(message, 'id'),
        poison: header(message, POISON_HEADER),
      })),
    ),
  )
  return logs.flat()
}

export const readDead = async (kafka: Kafka, topic: string): Promise<DeadCopy[]> =>
  (await readOnce(kafka, topic)).map(({ message }) => ({
    topic: header(message, 'dead-topic') ?? 'none',
    partition: Number(header(message, 'dead-partition') ?? -1),
    offset: Number(header(message, 'dead-offset') ?? -1),
    value: message.value?.toString(),
  }))

/** The lines that the handler has written, as runs. */
export const parseRuns = (text: string): Run[] => {
  const runs = new Map<string, Run>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const parsed = JSON.parse(line) as Run
    const { run, end, how } = parsed
    const started = runs.get(run)
    runs.set(run, started ? { ...started, end, how } : { ...parsed, end: undefined, how: undefined })
  }
  return [...runs.values()]
}

/** A file is one process's: a number of a run is used again only by another process of the same pid. */
export const readRuns = (folder: string): Run[] =>
  readdirSync(folder).flatMap((file) => parseRuns(readFileSync(join(folder, file), 'utf8')))
