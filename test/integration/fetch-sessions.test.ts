/** A consumer whose fetches are ours, on a real Kafka: it gets all there is, and asks for little. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchStage } from '../support/fetch-stage.ts'
import { type FetchRequest, watchFetches } from '../support/fetch-watch.ts'
import { randomFrom } from '../support/random.ts'
import { until } from '../until.ts'

const test = suite('fetch sessions')
const { brokers, newTopic, send, read, readToEnd } = fetchStage(test)

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

test.run()
