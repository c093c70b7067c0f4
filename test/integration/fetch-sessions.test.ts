/** A consumer whose fetches are ours, on a real Kafka: it gets all there is, and asks for little. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, {
  type Consumer,
  type ConsumerConfig,
  type Kafka,
  type Producer,
  type Transaction,
} from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchConsumer, recordsOf } from '../../core/kafka/fetch.ts'
import { drain } from '../fixtures/messages.ts'
import { type FetchRequest, type FetchWatch, watchFetches } from '../support/fetch-watch.ts'
import { type OwnServer, ownKafka } from '../support/own-servers.ts'
import { setUp } from '../support/platform.ts'
import { randomFrom } from '../support/random.ts'
import { until } from '../until.ts'

const test = suite('fetch sessions')
const brokers = process.env['KAFKA_BROKERS'] ?? ''
const { kafka } = watchFetches(brokers)
const admin = kafka.admin()
const producer = kafka.producer({ allowAutoTopicCreation: false })
const topics: string[] = []
const readers: Reader[] = []
let own: OwnServer | undefined

setUp(test, async () => {
  await Promise.all([admin.connect(), producer.connect()])
})
test.after.each(async () => {
  await Promise.all(readers.splice(0).map((it) => it.consumer.disconnect()))
})
test.after(async () => {
  await admin.deleteTopics({ topics })
  await Promise.all([admin.disconnect(), producer.disconnect()])
  await own?.close()
})

const newTopic = async (numPartitions: number, config: Readonly<Record<string, string>> = {}) => {
  const topic = `test-fetch-${randomUUID()}`
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true })
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

interface Reader {
  readonly consumer: Consumer
  /** Values by `topic/partition`, in the order in which they came. */
  readonly got: ReadonlyMap<string, readonly string[]>
  /** The offset after all that came. */
  readonly positions: ReadonlyMap<string, number>
  /** What came more than once, or not in its turn, and why the consumer began anew. */
  readonly faults: readonly string[]
  /** From an offset on all is to come, whatever has. */
  seek(topic: string, partition: number, offset: number): void
}

const read = async (
  by: Kafka,
  from: readonly string[],
  config: Partial<ConsumerConfig> = {},
): Promise<Reader> => {
  const consumer = fetchConsumer(by, {
    groupId: `${from[0]}-${randomUUID()}`,
    maxWaitTimeInMs: 50,
    heartbeatInterval: 300,
    // A member that has begun anew waits for the end of what it was before.
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
    allowAutoTopicCreation: false,
    ...config,
  })
  const got = new Map<string, string[]>()
  const positions = new Map<string, number>()
  const faults: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [...from], fromBeginning: true })
  /** Partitions whose next batch may begin elsewhere than the last one ended. */
  const moved = new Set<string>()
  const joined = new Promise<void>((resolve) =>
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Nothing was committed: who begins anew begins at the beginning.
      for (const name of positions.keys()) moved.add(name)
      resolve()
    }),
  )
  consumer.on(consumer.events.CRASH, ({ payload }) => faults.push(`crash: ${payload.error}`))
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch, resolveOffset }) => {
      const name = `${batch.topic}/${batch.partition}`
      const begin = 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : -1
      const position = positions.get(name) ?? 0
      if (begin === position) moved.delete(name)
      else if (!moved.has(name)) faults.push(`${name} from ${begin}, not ${position}`)
      // Fetched before it was sought back.
      if (begin > position) return
      const records = recordsOf(batch.messages)
      records.skipTo(position)
      const its = got.get(name) ?? []
      got.set(name, its)
      for (const { offset, record } of drain(records)) {
        if (offset < (positions.get(name) ?? 0)) faults.push(`${name} ${offset} is not in its turn`)
        positions.set(name, offset + 1)
        its.push(String(record.value))
      }
      positions.set(name, Math.max(position, Number(batch.lastOffset()) + 1))
      resolveOffset(batch.lastOffset())
    },
  })
  await joined
  const reader: Reader = {
    consumer,
    got,
    positions,
    faults,
    seek(topic, partition, offset) {
      const name = `${topic}/${partition}`
      positions.set(name, offset)
      moved.add(name)
      consumer.seek({ topic, partition, offset: String(offset) })
    },
  }
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

/** Where connections break kafkajs may begin anew. */
const withoutCrashes = ({ faults }: Reader): string[] => faults.filter((it) => !it.startsWith('crash'))

test('each partition comes whole and in order, while some are paused, resumed and sought', async () => {
  const random = randomFrom(7)
  const pick = (n: number): number => Math.floor(random() * n)
  const { kafka: by, requests } = watchFetches(brokers)
  const all = await Promise.all([newTopic(4), newTopic(3), newTopic(1)])
  const partitions = all.flatMap((topic, n) =>
    Array.from({ length: [4, 3, 1][n] ?? 0 }, (_, partition) => ({ topic, partition })),
  )
  const reader = await read(by, all, { maxBytesPerPartition: 2_048 })
  let sent = 0
  let repeated = 0
  for (let round = 0; round < 60; round++) {
    const { topic = '', partition = 0 } = partitions[pick(partitions.length)] ?? {}
    switch (pick(4)) {
      case 0:
        reader.consumer.pause([{ topic, partitions: [partition] }])
        break
      case 1:
        reader.consumer.resume([{ topic, partitions: [partition] }])
        break
      case 2: {
        const now = reader.positions.get(`${topic}/${partition}`) ?? 0
        const back = pick(now + 1)
        reader.seek(topic, partition, now - back)
        repeated += back
        break
      }
      default:
        reader.consumer.pause(all.map((it) => ({ topic: it })))
        await delay(pick(30))
        reader.consumer.resume(all.map((it) => ({ topic: it })))
    }
    await Promise.all(
      partitions
        .filter(() => random() < 0.3)
        .map(async (it) => {
          const values = Array.from(
            { length: 1 + pick(40) },
            () => `${it.topic}/${it.partition} ${'x'.repeat(pick(99))}`,
          )
          sent += values.length
          await send(it.topic, it.partition, values)
        }),
    )
    await delay(pick(25))
  }
  reader.consumer.resume(all.map((topic) => ({ topic })))
  for (const topic of all) await readToEnd(reader, topic)
  assert.equal(reader.faults, [])
  const values = [...reader.got].flatMap(([name, its]) => its.map((it) => [name, it] as const))
  assert.ok(values.every(([name, value]) => value.startsWith(`${name} `)))
  assert.is(values.length, sent + repeated)
  assert.ok(repeated > 50)
  // One session lasts: each request but the first goes on with it.
  assert.is(requests.filter(({ epoch }) => epoch === 0).length, 1)
  assert.ok(requests.length > 40)
})

test('an idle consumer asks for nothing anew and is told nothing; of many partitions one with news is named', async () => {
  const watch = watchFetches(brokers)
  const topic = await newTopic(60)
  const reader = await read(watch.kafka, [topic])
  const answers: number[] = []
  reader.consumer.on(reader.consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch') answers.push(payload.size)
  })
  await until('it has fetched', () => watch.requests.length >= 6)
  const [first, ...rest] = watch.requests
  assert.ok(first && first.epoch === 0 && first.bytes > 60 * 30, JSON.stringify(first))
  const idle = rest.slice(1)
  const most = Math.max(...idle.map(({ bytes }) => bytes))
  assert.ok(most < 80, `${most} bytes`)
  assert.ok(idle.every(({ id, topics: named }) => id !== 0 && named === 0))
  assert.equal(
    idle.map(({ epoch }) => epoch),
    idle.map((_, n) => n + 2),
  )
  assert.ok(Math.max(...answers.slice(2)) < 40, `answers of ${answers} bytes`)
  const before = watch.requests.length
  await send(topic, 17, ['news'])
  await until('it came', () => reader.got.size > 0)
  await until('it was fetched on', () => watch.requests.length > before + 4)
  const named = watch.requests.slice(before).filter((it) => it.topics > 0)
  assert.is(named.length, 1)
  assert.is(named[0]?.topics, 1)
  assert.equal([...reader.got], [[`${topic}/17`, ['news']]])
})

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

for (const [what, wrong] of [
  [
    'lost the session',
    (request: FetchRequest) => {
      if (request.epoch > 0) request.id ^= 0x5555
    },
  ],
  [
    'lost count of it',
    (request: FetchRequest) => {
      if (request.epoch > 0) request.epoch += 3
    },
  ],
] as const)
  test(`a broker that has ${what} gives all from the next request on, which begins anew`, async () => {
    const watch = watchFetches(brokers)
    const topic = await newTopic(4)
    const reader = await read(watch.kafka, [topic])
    for (let round = 0; round < 8; round++) {
      let isDue = true
      watch.change((request) => {
        if (isDue && request.epoch > 0) {
          isDue = false
          wrong(request)
        }
      })
      for (let n = 0; n < 4; n++) await send(topic, n, [`${round}`, `${round} too`])
      await until('a request was spoilt', () => !isDue)
      await readToEnd(reader, topic)
    }
    const expected = Array.from({ length: 8 }, (_, round) => [`${round}`, `${round} too`]).flat()
    for (let n = 0; n < 4; n++) assert.equal(reader.got.get(`${topic}/${n}`), expected)
    assert.equal(reader.faults, [])
    assert.is(watch.requests.filter(({ epoch }) => epoch === 0).length, 9)
  })

const isNews = ({ epoch, topics: named }: FetchRequest): boolean => epoch > 0 && named > 0

for (const [what, isDueFor, lose] of [
  ['a request with news was lost with its connection', isNews, (watch: FetchWatch) => watch.cut()],
  [
    'an answer was lost with its connection',
    ({ epoch, topics: named }: FetchRequest) => epoch > 0 && named === 0,
    (watch: FetchWatch) => void setImmediate(() => watch.cut()),
  ],
  ['a request with news was lost without a word', isNews, () => false],
] as const)
  test(`after ${what} a consumer begins anew, and nothing is missing or comes twice`, async () => {
    const watch = watchFetches(brokers)
    const topic = await newTopic(2)
    const reader = await read(watch.kafka, [topic])
    const expected: string[] = []
    for (let round = 0; round < 2; round++) {
      let isDue = true
      watch.change((request) => {
        if (!isDue || !isDueFor(request)) return true
        isDue = false
        return lose(watch)
      })
      for (const value of [`${round} before`, `${round} after`]) {
        expected.push(value)
        await Promise.all([0, 1].map((n) => send(topic, n, [value])))
        await until('one was lost', () => !isDue)
        // What is fetched now is not what is wanted, should the broker have been told too little.
        const asked = watch.requests.length
        await until('more was asked for', () => watch.requests.length > asked + 2)
      }
      await readToEnd(reader, topic)
    }
    for (const n of [0, 1]) assert.equal(reader.got.get(`${topic}/${n}`), expected)
    assert.equal(withoutCrashes(reader), [])
  })

test('records come on after the broker was killed and started again', async () => {
  own = await ownKafka()
  const watch = watchFetches(own.address)
  const its = watch.kafka.producer({ allowAutoTopicCreation: false })
  const itsAdmin = watch.kafka.admin()
  await Promise.all([its.connect(), itsAdmin.connect()])
  const topic = `test-fetch-${randomUUID()}`
  await itsAdmin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
  const reader = await read(watch.kafka, [topic])
  const sendAll = (value: string) => Promise.all([0, 1, 2].map((n) => send(topic, n, [value], its)))
  const came = (count: number) =>
    until(
      'they came',
      () => [0, 1, 2].every((n) => reader.got.get(`${topic}/${n}`)?.length === count),
      30_000,
    )
  await sendAll('before')
  await came(1)
  await own.end('SIGKILL')
  await own.startAgain()
  await sendAll('after')
  await came(2)
  for (const n of [0, 1, 2]) assert.equal(reader.got.get(`${topic}/${n}`), ['before', 'after'])
  assert.equal(withoutCrashes(reader), [])
  await Promise.all([its.disconnect(), itsAdmin.disconnect()])
})

test.run()
