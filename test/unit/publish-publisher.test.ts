import { mock } from 'node:test'
import kafkajs from 'kafkajs'
import { Registry } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../core/errors.ts'
import { readJobId } from '../../core/job-id.ts'
import type { Kafka, Message } from '../../core/kafka/client.ts'
import { publisherMetrics } from '../../producer/publish/metrics.ts'
import { partitionOfKey } from '../../producer/publish/partitions.ts'
import { type NewJob, Publisher } from '../../producer/publish/publisher.ts'
import { type Deferred, defer, quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Publisher')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_800_000_000_000 }))
test.after.each(() => mock.timers.reset())

const setUp = async (leaders: number[] = [1, 1, 2, 2]) => {
  const requests: { readonly messages: readonly Message[]; readonly answer: Deferred<void> }[] = []
  /** `silent`: partitions that the next answer says nothing of. */
  const state = { leaders, down: false, downFor: 0, silent: [] as number[] }
  const kafka = {
    producer: () => ({
      connect: async () => {},
      disconnect: async () => {},
      send: ({ messages }: { messages: Message[] }) => {
        const answer = defer()
        requests.push({ messages, answer })
        // As the broker answers: where each partition's batch begins.
        return answer.promise.then(() =>
          [...new Set(messages.map(({ partition = -1 }) => partition))]
            .filter((partition) => !state.silent.includes(partition))
            .map((partition) => ({ partition, baseOffset: '7' })),
        )
      },
    }),
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      fetchTopicMetadata: async () => {
        if (state.downFor > 0 && state.downFor--) throw new Error('not this one')
        if (state.down) throw new Error('down')
        return {
          topics: [{ partitions: state.leaders.map((leader, partitionId) => ({ partitionId, leader })) }],
        }
      },
    }),
  } as unknown as Kafka
  const publisher = new Publisher(
    { kafka, topic: 't', epoch: 3, timeoutMs: 8_000, compression: 'none', log: quiet },
    publisherMetrics(new Registry()),
  )
  await publisher.start()
  return { publisher, requests, state }
}

const job = (key: string | undefined, value = 'v', id?: string): NewJob => ({
  type: 'noop',
  key,
  value: Buffer.from(value),
  traceparent: undefined,
  ...(id === undefined ? {} : { id }),
})
const failureOf = (published: Promise<unknown>): Promise<string> =>
  published.then(
    () => 'published',
    (error: unknown) => codeOf(error),
  )
const values = (messages: readonly Message[] | undefined): string[] =>
  (messages ?? []).map(({ value }) => String(value))
/** What a broker answers, as kafkajs throws it when it does not try again. */
const answered = (type: string, retriable: boolean): Error => {
  const error = new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, retriable }))
  return retriable
    ? new kafkajs.KafkaJSNumberOfRetriesExceeded(error, { retryCount: 0, retryTime: 0 })
    : error
}
/** A key that goes to this partition of four. */
const keyOf = (partition: number): string => {
  for (let i = 0; ; i++) if (partitionOfKey(`k${i}`, 4) === partition) return `k${i}`
}

test('a job’s id holds its partition, its topic’s epoch and its record’s timestamp', async () => {
  const { publisher, requests } = await setUp()
  const publishing = [publisher.publish(job(keyOf(2))), publisher.publish(job(undefined))]
  await settle()
  for (const { answer } of requests) answer.resolve()
  const published = await Promise.all(publishing)
  const messages = requests.flatMap((it) => it.messages)
  for (const { id, offset, submittedAt } of published) {
    assert.is(offset, 7)
    const message = messages.find(({ headers }) => headers?.['id'] === id)
    assert.equal(readJobId(id), { submittedAt, partition: message?.partition, epoch: 3 })
    assert.is(message?.timestamp, String(submittedAt))
  }
  assert.is(readJobId(published[0]?.id ?? '')?.partition, 2)
})

test('an id that was reserved before keeps its partition and its time', async () => {
  const { publisher, requests } = await setUp()
  for (const key of [undefined, keyOf(3)]) {
    const id = publisher.reserveId(key)
    const publishing = publisher.publish(job(key, 'v', id))
    await settle()
    const request = requests.at(-1)
    assert.is(request?.messages[0]?.partition, readJobId(id)?.partition)
    assert.is(request?.messages[0]?.timestamp, String(readJobId(id)?.submittedAt))
    if (key !== undefined) assert.is(readJobId(id)?.partition, 3)
    request?.answer.resolve()
    assert.is((await publishing).id, id)
  }
})

test('one request is in flight a leader, and leaders do not wait for each other', async () => {
  const { publisher, requests } = await setUp()
  for (const partition of [0, 1, 2, 3]) void publisher.publish(job(keyOf(partition), `${partition}`))
  await settle()
  void publisher.publish(job(keyOf(0), 'later'))
  await settle()
  assert.equal(
    requests.map(({ messages }) => values(messages)),
    [
      ['0', '1'],
      ['2', '3'],
    ],
  )
  requests[0]?.answer.resolve()
  await settle()
  assert.equal(values(requests[2]?.messages), ['later'])
})

test('jobs of a key leave one after the other although its partition’s leader moves', async () => {
  const { publisher, requests, state } = await setUp()
  const key = keyOf(0)
  void publisher.publish(job(key, 'first'))
  await settle()
  state.leaders = [2, 1, 2, 2]
  mock.timers.tick(5_000)
  await settle()
  void publisher.publish(job(key, 'second'))
  await settle()
  assert.is(requests.length, 1, 'the second waits for the first, in its lane')
  requests[0]?.answer.resolve()
  await settle()
  assert.equal(values(requests[1]?.messages), ['second'])
  requests[1]?.answer.resolve()
  await settle()
  void publisher.publish(job(keyOf(2), 'other'))
  await settle()
  void publisher.publish(job(key, 'third'))
  await settle()
  assert.equal(values(requests[2]?.messages), ['other'])
  assert.is(requests.length, 3, 'and now it is in the new leader’s lane')
})

test('a request to a leader that leads no more is repeated with the leaders read anew, and nothing overtakes it', async () => {
  const { publisher, requests, state } = await setUp()
  const key = keyOf(0)
  const first = failureOf(publisher.publish(job(key, 'first')))
  await settle()
  const second = failureOf(publisher.publish(job(key, 'second')))
  state.leaders = [2, 1, 2, 2]
  requests[0]?.answer.reject(answered('NOT_LEADER_FOR_PARTITION', true))
  await settle()
  const third = failureOf(publisher.publish(job(key, 'third')))
  await settle()
  assert.is(requests.length, 1)
  mock.timers.tick(100)
  await settle()
  assert.equal(values(requests[1]?.messages), ['first'])
  assert.equal(requests[1]?.messages, requests[0]?.messages, 'the same record, with the same id')
  requests[1]?.answer.resolve()
  await settle()
  assert.equal(values(requests[2]?.messages), ['second', 'third'])
  requests[2]?.answer.resolve()
  assert.equal(await Promise.all([first, second, third]), ['published', 'published', 'published'])
  void publisher.publish(job(keyOf(1), 'of leader 1'))
  void publisher.publish(job(key, 'fourth'))
  await settle()
  assert.equal(
    requests.slice(3).map(({ messages }) => values(messages)),
    [['of leader 1'], ['fourth']],
    'the key is now in the new leader’s lane',
  )
})

test('what Kafka’s answer leaves out is not published, and is sent again', async () => {
  const { publisher, requests, state } = await setUp()
  const jobs = [0, 1].map((partition) => failureOf(publisher.publish(job(keyOf(partition), `${partition}`))))
  let told = 0
  for (const it of jobs) void it.then(() => told++)
  await settle()
  state.silent = [1]
  requests[0]?.answer.resolve()
  await settle()
  assert.is(told, 0)
  state.silent = []
  mock.timers.tick(100)
  await settle()
  assert.equal(values(requests[1]?.messages), ['0', '1'])
  requests[1]?.answer.resolve()
  assert.equal(await Promise.all(jobs), ['published', 'published'])
})

test('a request is repeated until nobody waits for it, and never after', async () => {
  const { publisher, requests } = await setUp()
  const outcome = failureOf(publisher.publish(job(keyOf(0))))
  for (let ms = 0; ms < 10_000; ms += 100) {
    await settle()
    requests.at(-1)?.answer.reject(answered('NOT_ENOUGH_REPLICAS', true))
    await settle()
    mock.timers.tick(100)
  }
  assert.is(await outcome, 'PUBLISH_UNKNOWN')
  assert.ok(requests.length > 5 && requests.length < 20, `${requests.length} requests`)
  const { length } = requests
  mock.timers.tick(10_000)
  await settle()
  assert.is(requests.length, length)
})

test('while Kafka is away jobs are refused for certain and at once, and what is in flight may still arrive', async () => {
  const { publisher, requests, state } = await setUp()
  const first = failureOf(publisher.publish(job(keyOf(0), 'first')))
  const other = failureOf(publisher.publish(job(keyOf(2))))
  await settle()
  const waiting = [0, 2].map((partition) => failureOf(publisher.publish(job(keyOf(partition)))))
  state.down = true
  requests[0]?.answer.reject(new Error('no broker'))
  assert.equal(await Promise.all(waiting), ['KAFKA_UNAVAILABLE', 'KAFKA_UNAVAILABLE'])
  assert.is(await failureOf(publisher.publish(job(keyOf(1)))), 'KAFKA_UNAVAILABLE')
  requests[1]?.answer.resolve()
  assert.is(await other, 'published')
  mock.timers.tick(500)
  await settle()
  assert.ok(publisher.failure)
  state.down = false
  mock.timers.tick(500)
  await settle()
  assert.is(publisher.failure, undefined)
  const again = failureOf(publisher.publish(job(keyOf(0), 'again')))
  await settle()
  assert.equal(
    requests.slice(2).map(({ messages }) => values(messages)),
    [['first']],
    'what came later does not overtake it',
  )
  requests[2]?.answer.resolve()
  assert.is(await first, 'published')
  await settle()
  assert.equal(values(requests[3]?.messages), ['again'])
  requests[3]?.answer.resolve()
  assert.is(await again, 'published')
})

test('Kafka’s going is noticed without a job', async () => {
  const { publisher, state } = await setUp()
  state.down = true
  mock.timers.tick(5_000)
  await settle()
  assert.ok(publisher.failure)
  state.down = false
  mock.timers.tick(500)
  await settle()
  assert.is(publisher.failure, undefined)
})

test('one broker of several that can’t be asked for the leaders is not Kafka’s going', async () => {
  const { publisher, state } = await setUp()
  state.downFor = 2
  mock.timers.tick(5_000)
  await settle()
  assert.is(publisher.failure, undefined)
  assert.is(state.downFor, 0)
})

test('a job that is too large for the topic is told so, and holds up nobody else', async () => {
  const { publisher, requests } = await setUp()
  const jobs = ['small', 'huge', 'smaller', 'other'].map((value, index) =>
    failureOf(publisher.publish(job(keyOf(index < 3 ? 0 : 2), value))),
  )
  const seen: string[][] = []
  const ids = new Map<string, Set<string>>()
  for (let turn = 0; turn < 8; turn++) {
    await settle()
    if (turn === 0) jobs.push(failureOf(publisher.publish(job(keyOf(0), 'behind'))))
    for (const { messages, answer } of requests.slice(seen.length)) {
      seen.push(values(messages))
      for (const { value, headers } of messages)
        ids.set(String(value), (ids.get(String(value)) ?? new Set()).add(String(headers?.['id'])))
      if (values(messages).includes('huge')) answer.reject(answered('MESSAGE_TOO_LARGE', false))
      else answer.resolve()
    }
    assert.is(publisher.failure, undefined)
  }
  const told = ['published', 'PAYLOAD_TOO_LARGE', 'published', 'published', 'published']
  assert.equal(await Promise.all(jobs), told)
  assert.equal(seen.map((it) => it.join()).sort(), [
    'behind',
    'huge',
    'huge,smaller',
    'other',
    'small',
    'small,huge,smaller',
    'smaller',
  ])
  assert.equal(
    [...ids.values()].map(({ size }) => size),
    [1, 1, 1, 1, 1],
    'each has one id, however often it was sent',
  )
})

test('another refusal that a repeat would not change is not repeated', async () => {
  const { publisher, requests } = await setUp()
  const refused = failureOf(publisher.publish(job(keyOf(0))))
  await settle()
  requests[0]?.answer.reject(answered('TOPIC_AUTHORIZATION_FAILED', false))
  assert.is(await refused, 'PUBLISH_UNKNOWN')
  assert.ok(publisher.failure)
  assert.is(requests.length, 1)
})

test('a stop sends what waits and takes no more', async () => {
  const { publisher, requests } = await setUp()
  const jobs = [failureOf(publisher.publish(job(keyOf(0)))), failureOf(publisher.publish(job(keyOf(0))))]
  const stopped = publisher.stop()
  assert.is(await failureOf(publisher.publish(job(undefined))), 'SHUTTING_DOWN')
  await settle()
  for (const { answer } of requests) answer.resolve()
  await stopped
  assert.equal(await Promise.all(jobs), ['published', 'published'])
})

test('more than may wait is refused rather than kept', async () => {
  const { publisher } = await setUp([1])
  void failureOf(publisher.publish(job('a')))
  await settle()
  const value = 'x'.repeat(900_000)
  const jobs = Array.from({ length: 80 }, () => failureOf(publisher.publish(job('a', value))))
  const refused = await Promise.all(jobs.slice(72))
  assert.equal([...new Set(refused)], ['KAFKA_UNAVAILABLE'])
})

test.run()
