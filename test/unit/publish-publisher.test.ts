import { mock } from 'node:test'
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
test.before.each(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.after.each(() => mock.timers.reset())

const setUp = async (leaders: number[] = [1, 1, 2, 2]) => {
  const requests: { readonly messages: readonly Message[]; readonly answer: Deferred<void> }[] = []
  const state = { leaders, down: false }
  const kafka = {
    producer: () => ({
      connect: async () => {},
      disconnect: async () => {},
      send: ({ messages }: { messages: Message[] }) => {
        const answer = defer()
        requests.push({ messages, answer })
        // As the broker answers: where each partition's batch begins.
        return answer.promise.then(() =>
          [...new Set(messages.map(({ partition }) => partition))].map((partition) => ({
            partition,
            baseOffset: '7',
          })),
        )
      },
    }),
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      fetchTopicMetadata: async () => {
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
  mock.timers.tick(30_000)
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

test('after a failure jobs are refused for certain and at once, until Kafka answers again', async () => {
  const { publisher, requests, state } = await setUp()
  const first = failureOf(publisher.publish(job(keyOf(0))))
  const other = failureOf(publisher.publish(job(keyOf(2))))
  await settle()
  const waiting = failureOf(publisher.publish(job(keyOf(2))))
  state.down = true
  requests[0]?.answer.reject(new Error('no broker'))
  assert.is(await first, 'PUBLISH_UNKNOWN')
  assert.is(await waiting, 'KAFKA_UNAVAILABLE')
  assert.is(await failureOf(publisher.publish(job(keyOf(1)))), 'KAFKA_UNAVAILABLE')
  requests[1]?.answer.resolve()
  assert.is(await other, 'published', 'what was in flight is told what came of it')
  mock.timers.tick(500)
  await settle()
  assert.ok(publisher.failure)
  state.down = false
  mock.timers.tick(500)
  await settle()
  assert.is(publisher.failure, undefined)
  const again = failureOf(publisher.publish(job(keyOf(0))))
  await settle()
  requests.at(-1)?.answer.resolve()
  assert.is(await again, 'published')
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
