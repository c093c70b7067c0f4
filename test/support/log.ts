/** Reads a topic as a stranger would: a Kafka client that knows nothing of the product. */
import { randomUUID } from 'node:crypto'
import type { Kafka, KafkaMessage } from 'kafkajs'
import type { Platform, TopicName } from './platform.ts'

export interface LogRecord {
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: string | undefined
  readonly value: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface TopicRecord {
  readonly partition: number
  readonly message: KafkaMessage
}

/** Every record that the topic holds at this moment, each partition in the order of its offsets. */
export const readTopic = async (kafka: Kafka, topic: string, limitMs: number): Promise<TopicRecord[]> => {
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect())
  const left = new Map(
    ends
      .filter(({ low, high }) => Number(high) > Number(low))
      .map((it) => [it.partition, Number(it.high) - 1]),
  )
  const records: TopicRecord[] = []
  if (left.size === 0) return records
  const consumer = kafka.consumer({ groupId: `${topic}-reader-${randomUUID()}`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${topic} was not read whole`)), limitMs)
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch: { partition, messages } }) => {
            for (const message of messages) records.push({ partition, message })
            const last = Number(messages.at(-1)?.offset ?? -1)
            if (last >= (left.get(partition) ?? Number.POSITIVE_INFINITY)) left.delete(partition)
            if (left.size > 0) return
            clearTimeout(timer)
            resolve()
          },
        })
        .catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return records
}

/** The same of a topic of the installation, in plain values. */
export const readLog = async (
  { kafka, topic }: Platform,
  name: TopicName,
  limitMs = 15_000,
): Promise<LogRecord[]> =>
  (await readTopic(kafka, topic(name), limitMs)).map(({ partition, message }) => ({
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key?.toString(),
    value: message.value?.toString(),
    headers: Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([header, value]) => [header, String(value)]),
    ),
  }))
