/** Topics of one test file's own, who writes to them and who reads them. */
import { randomUUID } from 'node:crypto'
import type { ConsumerConfig, Kafka, Producer, Transaction } from 'kafkajs'
import type { Test } from 'uvu'
import { until } from '../until.ts'
import { type Reader, startReader } from './fetch-reader.ts'
import { watchFetches } from './fetch-watch.ts'
import { createTopic } from './new-topic.ts'
import { setUp } from './platform.ts'

/** Connects before the tests of a suite. Readers end with each test, topics with the last. */
export const fetchStage = (test: Test) => {
  const brokers = process.env['KAFKA_BROKERS'] ?? ''
  const { kafka } = watchFetches(brokers)
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  const topics: string[] = []
  const readers: Reader[] = []

  setUp(test, async () => {
    await Promise.all([admin.connect(), producer.connect()])
  })
  test.after.each(async () => {
    await Promise.all(readers.splice(0).map((it) => it.consumer.disconnect()))
  })
  test.after(async () => {
    await admin.deleteTopics({ topics })
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })

  const newTopic = async (numPartitions: number, config: Readonly<Record<string, string>> = {}) => {
    const topic = `test-fetch-${randomUUID()}`
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    await createTopic(admin, { topic, numPartitions, configEntries })
    topics.push(topic)
    return topic
  }

  /** Values to one partition, each a record. */
  const send = async (
    topic: string,
    partition: number,
    values: readonly string[],
    by: Producer | Transaction = producer,
  ) => {
    await by.send({ topic, messages: values.map((value) => ({ partition, value })) })
  }

  const read = async (
    by: Kafka,
    from: readonly string[],
    config: Partial<ConsumerConfig> = {},
  ): Promise<Reader> => {
    const reader = await startReader(by, from, config)
    readers.push(reader)
    return reader
  }

  /** Resolves once the topic was read to its end of now. Markers of transactions that have ended may still come behind it. */
  const readToEnd = async (reader: Reader, topic: string, limitMs = 15_000): Promise<void> => {
    const ends = await admin.fetchTopicOffsets(topic)
    await until(
      `${topic} is read to its end`,
      () =>
        ends.every(
          ({ partition, high }) => (reader.positions.get(`${topic}/${partition}`) ?? 0) >= Number(high),
        ),
      limitMs,
    )
  }

  return { brokers, kafka, producer, newTopic, send, read, readToEnd }
}
