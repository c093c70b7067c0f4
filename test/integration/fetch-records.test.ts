/** Records come to a consumer whose fetches are ours however they were written: in transactions, compressed, larger than a fetch may be. */
import { randomUUID } from 'node:crypto'
import kafkajs, { type Producer, type Transaction } from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Reader } from '../support/fetch-reader.ts'
import { fetchStage } from '../support/fetch-stage.ts'
import { type FetchRequest, type FetchWatch, watchFetches } from '../support/fetch-watch.ts'

const test = suite('fetched records')
const { brokers, kafka, producer, newTopic, send, read, readToEnd } = fetchStage(test)

const transactional = async (): Promise<Producer> => {
  const its = kafka.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true })
  await its.connect()
  return its
}

test('of transactions by turns those that were committed come, in the log’s order, and those alone', async () => {
  const topic = await newTopic(2)
  const reader = await read(kafka, [topic])
  const late = await transactional()
  const early = await transactional()
  const committed: string[][] = [[], []]
  const all: string[][] = [[], []]
  const write = async (by: Transaction | Producer, comes: boolean, ...values: string[]): Promise<void> => {
    for (const partition of [0, 1]) {
      await send(topic, partition, values, by)
      all[partition]?.push(...values)
      if (comes) committed[partition]?.push(...values)
    }
  }
  await write(producer, true, 'before')
  for (const round of [1, 2, 3]) {
    // The one that begins first ends last.
    const [a, b] = [await late.transaction(), await early.transaction()]
    await write(a, round === 2, `late ${round}`, `late ${round} too`)
    await write(producer, true, `among ${round}`)
    await write(b, round !== 2, `early ${round}`)
    await write(a, round === 2, `late ${round} again`)
    await (round === 2 ? b.abort() : b.commit())
    await write(a, round === 2, `late ${round} at last`)
    await (round === 2 ? a.commit() : a.abort())
  }
  const unended = await early.transaction()
  await write(unended, false, 'dropped')
  await unended.abort()
  const check = async (one: Reader, expected: readonly (readonly string[])[]): Promise<void> => {
    // Markers at the end are passed as well.
    await readToEnd(one, topic)
    for (const partition of [0, 1]) assert.equal(one.got.get(`${topic}/${partition}`), expected[partition])
    assert.equal(one.faults, [])
  }
  await check(reader, committed)
  // In small bites a fetch begins amid transactions.
  await check(await read(kafka, [topic], { maxBytesPerPartition: 1 }), committed)
  await check(await read(kafka, [topic], { readUncommitted: true }), all)
  await Promise.all([late.disconnect(), early.disconnect()])
})

test('compressed records come as they were, whoever compressed them', async () => {
  const values = Array.from({ length: 500 }, (_, n) => `${n} `.repeat(40))
  for (const [config, compression] of [
    [{}, kafkajs.CompressionTypes.GZIP],
    [{ 'compression.type': 'gzip' }, kafkajs.CompressionTypes.None],
    [{ 'compression.type': 'zstd' }, kafkajs.CompressionTypes.None],
    [{ 'compression.type': 'zstd' }, kafkajs.CompressionTypes.GZIP],
  ] as const) {
    const topic = await newTopic(1, config)
    for (const some of [values.slice(0, 200), values.slice(200)])
      await producer.send({ topic, compression, messages: some.map((value) => ({ partition: 0, value })) })
    const reader = await read(kafka, [topic], { maxBytesPerPartition: 1_000 })
    await readToEnd(reader, topic)
    assert.equal(reader.got.get(`${topic}/0`), values)
    // Within a batch that comes whole.
    reader.seek(topic, 0, 123)
    await readToEnd(reader, topic)
    assert.equal(reader.got.get(`${topic}/0`)?.slice(500), values.slice(123))
  }
})

/** What a broker makes of requests, by changing them on their way. */
const largeRecords = async (change: (request: FetchRequest) => void): Promise<FetchWatch> => {
  const watch = watchFetches(brokers)
  watch.change(change)
  const topic = await newTopic(6)
  const valuesOf = (partition: number): string[] =>
    [0, 1, 2].map((n) => `${partition} ${n} ${'x'.repeat(200_000 + partition)}`)
  for (let partition = 0; partition < 6; partition++)
    for (const value of valuesOf(partition)) await send(topic, partition, [value])
  const reader = await read(watch.kafka, [topic], { maxBytesPerPartition: 1_000, maxBytes: 5_000 })
  await readToEnd(reader, topic)
  for (let partition = 0; partition < 6; partition++)
    assert.ok(reader.got.get(`${topic}/${partition}`)?.join() === valuesOf(partition).join())
  assert.equal(reader.faults, [])
  return watch
}

test('records larger than all bounds of a fetch come, of each partition', async () => {
  const { requests } = await largeRecords(() => {})
  assert.ok(requests.some(({ epoch }) => epoch > 10))
})

test('they come from a broker that keeps no sessions, too', async () => {
  const { requests } = await largeRecords((request) => {
    assert.is(request.epoch, 0)
    // That no session is wanted.
    request.epoch = -1
  })
  assert.ok(requests.every(({ id }) => id === 0))
})

test.run()
