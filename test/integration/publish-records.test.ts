/** What the producer of jobs sends, as a client reads it that knows nothing of it. */
import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBatchProducer } from '../../core/kafka/client.ts'
import { encodeProduce } from '../../core/kafka/produce.ts'
import { encodeRecordBatch } from '../../core/kafka/record-batch.ts'
import { readTopic } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'

const test = suite('Records of jobs')
let platform: Platform
setUp(test, async () => {
  platform = await startPlatform('records', { PARTITIONS: '3' })
})
test.after(() => platform?.stop())

const text = (value: unknown): string => String(value ?? '')

for (const [kind, compression] of [
  ['plain', kafkajs.CompressionTypes.None],
  ['gzipped', kafkajs.CompressionTypes.GZIP],
] as const)
  test(`${kind}: each lies in its partition, in order, with all that it was given`, async () => {
    // Kafka takes no time that is far ahead.
    const now = Date.now()
    const topic = platform.topic(compression === 0 ? 'jobs' : 'jobs.high')
    const messages = Array.from({ length: 500 }, (_, n) => ({
      partition: n % 3,
      key: n % 5 === 0 ? null : `schlüssel-${n}`,
      value: Buffer.from('x'.repeat(n * 7)),
      timestamp: String(now - n),
      headers: { id: `id-${n}`, type: 'noop' },
    }))
    const producer = createBatchProducer(platform.kafka, { retries: 0 })
    await producer.connect()
    const send = (some: typeof messages) => producer.send({ topic, acks: -1, messages: some, compression })
    const answers = [await send(messages.slice(0, 300)), await send(messages.slice(300))]
    await producer.disconnect()
    assert.equal(
      answers.map((it) => it.map(({ partition, baseOffset }) => [partition, baseOffset]).sort()),
      [[0, 1, 2].map((it) => [it, '0']), [0, 1, 2].map((it) => [it, '100'])],
    )
    const records = await readTopic(platform.kafka, topic, 20_000)
    for (const partition of [0, 1, 2])
      assert.equal(
        records
          .filter((it) => it.partition === partition)
          .map(({ message: { key, value, timestamp, headers = {} } }) => ({
            partition,
            key: key === null ? null : text(key),
            value: text(value),
            timestamp,
            headers: { id: text(headers['id']), type: text(headers['type']) },
          })),
        messages.filter((it) => it.partition === partition).map((it) => ({ ...it, value: text(it.value) })),
      )
  })

test('a broker’s refusal is told by its name', async () => {
  const producer = createBatchProducer(platform.kafka, { retries: 0 })
  await producer.connect()
  const value = Buffer.alloc(2_000_000)
  try {
    await producer.send({ topic: platform.topic('jobs'), messages: [{ partition: 0, value }] })
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof kafkajs.KafkaJSProtocolError)
    assert.is(error.type, 'MESSAGE_TOO_LARGE')
  }
  await producer.disconnect()
})

test('a request is byte for byte kafkajs’s own, but for records that it does not encode', async () => {
  const request = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/v7/request')
  const messages = [
    { value: 'a', timestamp: '5', headers: { id: 'i' } },
    { value: 'b', timestamp: '7' },
  ]
  const about = { acks: -1, timeout: 8_000 }
  const data = (value: (typeof messages)[number][]) => [
    {
      topic: 'täglich',
      partitions: [1, 5].map((partition) => ({ partition, messages: value, firstSequence: 0 })),
    },
  ]
  const theirs: { buffer: Buffer } = await request({ ...about, topicData: data(messages) }).encode()
  const batch = { value: encodeRecordBatch(messages) }
  const topicData = [
    { topic: 'täglich', partitions: [1, 5].map((partition) => ({ partition, messages: [batch] })) },
  ]
  assert.equal(encodeProduce({ ...about, topicData }), theirs.buffer)
})

test('the kafkajs that is installed lets us encode its records', () => {
  const config = {}
  const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING })
  const producer = createBatchProducer(kafka, config)
  assert.is.not(producer.send, producer.sendBatch)
  const names = Object.getOwnPropertySymbols(kafka).map(({ description }) => description)
  assert.ok(names.includes('private:Kafka:createCluster'), 'else it would encode them itself, which is slow')
})

test.run()
