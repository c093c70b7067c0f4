import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  call,
  expectProblem,
  getJob,
  type JobView,
  type ProblemView,
  runJob,
} from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { until } from '../until.ts'

/** How long a submission may wait for Kafka. */
const PUBLISH_TIMEOUT_MS = 1_500

let platform: Platform
let proxy: KafkaProxy
let master: RunningProcess

const test = suite('Kafka is away')

setUp(test, async () => {
  platform = await startPlatform('away', { PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS) })
  proxy = await startKafkaProxy(platform.kafka)
  const [one] = await Promise.all([platform.master({ KAFKA_BROKERS: proxy.brokers }), platform.worker()])
  master = one
})
test.before.each(async () => {
  await proxy.set('pass')
  await accepted({ type: 'noop' })
})
test.after(async () => {
  await proxy?.set('pass')
  await platform?.stop().finally(() => proxy?.close())
})

const submit = (json: unknown, headers = {}): Promise<Answer> =>
  call(`${master.url}/api/jobs`, { json, headers, limitMs: 15_000 })

/** Submits until it is accepted; whatever comes before that must be an honest 503. */
const accepted = (json: unknown, headers = {}, limitMs = 25_000): Promise<JobView> =>
  until(
    'a job is accepted again',
    async () => {
      const answer = await submit(json, headers)
      if (answer.status === 202) return answer.body as JobView
      expectAway(answer)
      return undefined
    },
    limitMs,
  )

const expectAway = (answer: Answer): ProblemView => {
  const problem = expectProblem(answer, 503)
  assert.ok(['KAFKA_UNAVAILABLE', 'PUBLISH_UNKNOWN'].includes(problem.code), answer.text)
  assert.is(problem.retryable, true)
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  if (problem.code === 'PUBLISH_UNKNOWN') assert.match(problem.detail, 'Idempotency-Key')
  return problem
}

/**
 * Rounds of ten submissions, each of which has to be refused in time. Gives the payloads of those of which the answer
 * said for certain that they were not accepted.
 */
const refusals = async (rounds: number): Promise<string[]> => {
  const unavailable: string[] = []
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    const payloads = Array.from({ length: 10 }, () => randomUUID())
    const answers = await Promise.all(payloads.map((payload) => submit({ type: 'noop', payload })))
    const took = performance.now() - started
    assert.ok(took < PUBLISH_TIMEOUT_MS + 1_000, `${took} ms`)
    const codes = answers.map((answer) => expectAway(answer).code)
    unavailable.push(...payloads.filter((_, index) => codes[index] === 'KAFKA_UNAVAILABLE'))
  }
  return unavailable
}

/** Those of these payloads that are in the log. */
const inLog = async (payloads: readonly string[]): Promise<string[]> => {
  const there = new Set(
    (await readLog(platform, 'jobs')).map(({ value = 'null' }) => JSON.parse(value)?.payload),
  )
  return payloads.filter((payload) => there.has(payload))
}

const idsInLog = async (): Promise<string[]> =>
  (await readLog(platform, 'jobs')).map(({ headers }) => headers['id'] ?? '')

test('the test’s own means: all that the master says to Kafka goes through the proxy', async () => {
  assert.ok(proxy.connections > 2, `${proxy.connections} connections`)
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
})

test('connections that break are made again without anybody noticing', async () => {
  proxy.cut()
  const jobs = await Promise.all(Array.from({ length: 20 }, (_, n) => accepted({ type: 'noop', payload: n })))
  const ids = await idsInLog()
  assert.equal(
    jobs.filter(({ id }) => !ids.includes(id)),
    [],
  )
})

test('while Kafka refuses, submissions are 503 with Retry-After, in time, and never a 202', async () => {
  await proxy.set('refuse')
  const unavailable = await refusals(2)
  const batch = await sendBatch(master.url, [ndjson([{ type: 'noop' }, { type: 'no' }, { type: 'noop' }])])
  assert.equal(
    batch.answers.map(({ status }) => status),
    [503, 422, 503],
  )
  expectProblem(await submit({ type: 'no.such.type' }), 422)
  await proxy.set('pass')
  const { id } = await accepted({ type: 'noop' })
  assert.ok((await idsInLog()).includes(id))
  assert.equal(await inLog(unavailable), [])
})

test('meanwhile the master lives and answers what it can', async () => {
  const job = await runJob(master.url, { type: 'test.echo', payload: 'before' })
  await proxy.set('refuse')
  assert.is((await call(`${master.url}/health`)).status, 200)
  assert.equal(await getJob(master.url, job.id), job)
  for (const path of ['/api/jobs', '/api/types', '/api/scaling', '/metrics']) {
    assert.is((await call(`${master.url}${path}`)).status, 200, path)
  }
})

test('it is not ready within 15 s of Kafka’s going, and ready again soon after its return', async () => {
  await proxy.set('refuse')
  const notReady = until(
    'it is not ready',
    async () => {
      expectAway(await submit({ type: 'noop' }))
      const answer = await call(`${master.url}/ready`)
      return answer.status === 503 && answer.text.includes('kafka')
    },
    15_000,
  )
  await notReady.finally(() => proxy.set('pass'))
  await until('it is ready again', async () => (await call(`${master.url}/ready`)).status === 200)
  await accepted({ type: 'noop' })
})

test('everything that was ever accepted has run, and the master is the same as before', async () => {
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
  const ids = new Set(await idsInLog())
  await until('every job in the log has its outcome', async () => {
    const rows = await platform.sql<{ id: string }>('select id from outcomes')
    return [...ids].every((id) => rows.some((row) => row.id === id))
  })
  assert.is(master.hasEnded, false)
})

test.run()
