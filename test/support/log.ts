/** Reads a topic as a stranger would: a Kafka client that knows nothing of the product. */
import { randomUUID } from 'node:crypto'
import type { Platform } from './platform.ts'

export interface LogRecord {
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: string | undefined
  readonly value: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** Every record that the topic holds at this moment. */
export const readLog = async (
  { kafka, topic, prefix }: Platform,
  name: 'jobs' | 'control' | 'dead' | 'events',
  limitMs = 15_000,
): Promise<LogRecord[]> => {
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic(name)).finally(() => admin.disconnect())
  const left = new Map(
    ends
      .filter(({ low, high }) => Number(high) > Number(low))
      .map((it) => [it.partition, Number(it.high) - 1]),
  )
  if (left.size === 0) return []
  const records: LogRecord[] = []
  const consumer = kafka.consumer({ groupId: `${prefix}-reader-${randomUUID()}`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: topic(name), fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${topic(name)} was not read whole`)), limitMs)
      const eachMessage = async ({ partition, message }: EachMessage): Promise<void> => {
        const offset = Number(message.offset)
        records.push({
          partition,
          offset,
          timestamp: Number(message.timestamp),
          key: message.key?.toString(),
          value: message.value?.toString(),
          headers: Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([header, value]) => [header, String(value)]),
          ),
        })
        if (offset >= (left.get(partition) ?? Number.POSITIVE_INFINITY)) left.delete(partition)
        if (left.size > 0) return
        clearTimeout(timer)
        resolve()
      }
      consumer.run({ autoCommit: false, eachMessage }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return records
}

type EachMessage = import('kafkajs').EachMessagePayload
