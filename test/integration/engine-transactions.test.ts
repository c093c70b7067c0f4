/** Records of foreign transactional producers: kafkajs filters markers and aborted records, which leaves gaps. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Done, openTopic, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Engine among transactions', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

/** Publishes to partition 0 in a transaction of its own. */
const transaction = async (
  topic: Topic,
  values: readonly string[],
  end: 'commit' | 'abort',
): Promise<void> => {
  const producer = topic.kafka.producer({
    transactionalId: randomUUID(),
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  try {
    const open = await producer.transaction()
    for (const value of values) {
      await open.send({ topic: topic.topic, messages: [{ partition: 0, value }] })
    }
    await open[end]()
  } finally {
    await producer.disconnect()
  }
}

const collect = (topic: Topic) => {
  const seen: string[] = []
  const engine = topic.engine({
    run: async ({ task }) => ({ result: task.slice(0, 10) }),
    record: async (finished: readonly Done[]) => {
      seen.push(...finished.map(({ result }) => result))
    },
  })
  return { engine, seen }
}

test('committed transactions run, aborted ones do not, and what comes after them runs', async (it) => {
  const topic = await openTopic(1)
  it.topic = topic
  const { engine, seen } = collect(topic)
  await engine.start()
  await topic.send([{ value: 'before' }])
  await transaction(topic, ['kept'], 'commit')
  await transaction(topic, ['dropped'], 'abort')
  await topic.send([{ value: 'after' }])
  await until('all run', () => seen.length === 3, 6_000)
  assert.equal(seen, ['before', 'kept', 'after'])
})

test('an aborted transaction of more than one fetch does not stop its partition', async (it) => {
  const topic = await openTopic(1)
  it.topic = topic
  const { engine, seen } = collect(topic)
  await topic.send([{ value: 'before' }])
  await transaction(
    topic,
    Array.from({ length: 6 }, () => 'x'.repeat(400_000)),
    'abort',
  )
  await topic.send([{ value: 'after' }])
  await engine.start()
  await until('the job behind it runs', () => seen.includes('after'), 6_000)
  assert.equal([...new Set(seen)], ['before', 'after'])
})

test('a marker at the end of the log is no lag', async (it) => {
  const topic = await openTopic(1)
  it.topic = topic
  const { engine, seen } = collect(topic)
  await engine.start()
  await transaction(topic, ['kept'], 'commit')
  await until('it runs', () => seen.length === 1, 6_000)
  await topic.drained(3_000)
})

test.run()
