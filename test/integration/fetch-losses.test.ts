/** Nothing is missing or comes twice after requests, answers or the broker itself were lost amid fetches. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutCrashes } from '../support/fetch-reader.ts'
import { fetchStage } from '../support/fetch-stage.ts'
import { type FetchRequest, type FetchWatch, watchFetches } from '../support/fetch-watch.ts'
import { createTopic } from '../support/new-topic.ts'
import { type OwnServer, ownKafka } from '../support/own-servers.ts'
import { until } from '../until.ts'

const test = suite('fetches that are lost')
const { brokers, newTopic, send, read, readToEnd } = fetchStage(test)
let own: OwnServer | undefined
test.after(async () => {
  await own?.close()
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
  await createTopic(itsAdmin, { topic, numPartitions: 3 })
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
