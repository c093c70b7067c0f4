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

const test = suite('Kafka is silent')

setUp(test, async () => {
  platform = await startPlatform('silent', { PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS) })
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

test('an answer of Kafka that is lost is a 503, and a repeat with its Idempotency-Key is the same one job', async () => {
  const json = { type: 'test.echo', payload: 'lost' }
  const headers = { 'idempotency-key': 'lost' }
  await proxy.set('deafen')
  const started = performance.now()
  const problem = expectAway(await submit(json, headers))
  const took = performance.now() - started
  assert.is(problem.code, 'PUBLISH_UNKNOWN')
  assert.ok(took < PUBLISH_TIMEOUT_MS + 1_000, `${took} ms`)
  const unavailable = await refusals(1)
  const before = await idsInLog()
  await proxy.set('pass')
  proxy.cut()
  const { id } = await accepted(json, headers)
  const job = await until('it has ended', async () => {
    const found = await getJob(master.url, id)
    return found.status === 'succeeded' && found
  })
  assert.equal(job.result, 'lost')
  assert.ok(before.includes(id), 'the first one had arrived')
  assert.equal(await inLog(unavailable), [])
  const { jobs } = (await call(`${master.url}/api/jobs?type=test.echo&limit=500`)).body as {
    jobs: JobView[]
  }
  const outcomes = await platform.sql('select id from outcomes where id = $1', [id])
  assert.is(outcomes.length, 1)
  assert.is(jobs.filter((it) => it.id === id).length, 1)
})

test('a network that swallows everything is a 503 in time, and over when it is over', async () => {
  await proxy.set('swallow')
  const unavailable = await refusals(2)
  await proxy.set('pass')
  await accepted({ type: 'noop' })
  assert.equal(await inLog(unavailable), [])
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
