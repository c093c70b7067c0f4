import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, getJob, runJob } from '../support/api.ts'
import { type LogRecord, readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform, testHandlers } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

const PARTITIONS = 24
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** `Utils.murmur2` of Kafka's Java client 4.1.0; the first six are the vectors of Kafka's own UtilsTest. */
const murmur2: readonly (readonly [key: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
  ['customer-7', -1283830537],
  ['ключ-7', -1574206987],
  ['日本語', 1431860170],
  ['😀', 131881617],
]

/** README's example of a handler of one's own, with other work; a helper beside it, and one for a thread. */
const ownHandlers = {
  'thumbnail.ts': `import { defineHandler, z } from 'anomalyguard/handler'
import { area } from './_area.ts'

export default defineHandler({
  type: 'thumbnail',
  schema: z.object({ url: z.url(), width: z.int().max(2000) }),
  async run({ url, width }, { id, attempt, signal }) {
    return { id, attempt, url, area: area(width), aborted: signal.aborted }
  },
})
`,
  '_area.ts': 'export const area = (width: number): number => width * width\n',
  'busy.ts': `import { isMainThread } from 'node:worker_threads'
import { defineHandler, z } from 'anomalyguard/handler'

export default defineHandler({
  type: 'busy', thread: true, schema: z.strictObject({ n: z.int() }),
  run: ({ n }) => ({ isMainThread, n }),
})
`,
}

let platform: Platform
let first: RunningProcess
let second: RunningProcess
const folder = mkdtempSync(join(tmpdir(), 'own-handlers-'))

const test = suite('submitting')

setUp(test, async () => {
  for (const [name, text] of Object.entries(ownHandlers)) writeFileSync(join(folder, name), text)
  platform = await startPlatform('submit', {
    PARTITIONS: String(PARTITIONS),
    HANDLERS: `${testHandlers}, ${folder}`,
  })
  const [one, two] = await Promise.all([
    platform.master(),
    platform.master({ NODE_ID: 'the-second' }),
    platform.worker(),
  ])
  first = one
  second = two
})

test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

const submit = async (json: unknown, headers = {}) => {
  const answer = await call(`${first.url}/api/jobs`, { json, headers })
  return { answer, job: expectJob(answer, 202) }
}

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
const partitionOf = (id: string): number => Number.parseInt(id.slice(15, 18), 16)

test('a 202 means that the record is in the log, as the page on the records has it', async () => {
  const before = Date.now()
  const keyed = await submit(
    {
      type: 'test.echo',
      payload: { text: 'né 😀', n: [1, null] },
      key: 'k-1',
      maxAttempts: 2,
      timeoutMs: 5000,
    },
    { traceparent: TRACE },
  )
  const bare = await submit({ type: 'test.echo' })
  const after = Date.now()
  const log = new Map((await readLog(platform, 'jobs')).map((record) => [record.headers['id'], record]))

  const record = log.get(keyed.job.id)
  assert.ok(record, 'the keyed job is in the log')
  assert.is(record.key, 'k-1')
  assert.equal(JSON.parse(record.value ?? ''), {
    payload: { text: 'né 😀', n: [1, null] },
    maxAttempts: 2,
    timeoutMs: 5000,
  })
  assert.equal(record.headers, { id: keyed.job.id, type: 'test.echo', traceparent: TRACE })
  const other = log.get(bare.job.id)
  assert.ok(other, 'the keyless job is in the log')
  assert.is(other.key, undefined)
  assert.equal(JSON.parse(other.value ?? ''), {})
  assert.equal(other.headers, { id: bare.job.id, type: 'test.echo' })

  for (const [{ job, answer }, { timestamp, partition }] of [
    [keyed, record],
    [bare, other],
  ] as const) {
    assert.match(job.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.is(answer.headers.get('location'), `/api/jobs/${job.id}`)
    assert.is(job.status, 'queued')
    assert.is(timestamp, timeOf(job.id), 'the record’s timestamp is the time in the id')
    assert.is(partition, partitionOf(job.id), 'the record’s partition is the one in the id')
    assert.is(job.submittedAt, new Date(timestamp).toISOString())
    assert.ok(timestamp >= before && timestamp <= after, 'the time is that of the submission')
  }
})

test('a key’s partition is where Kafka’s Java client would put it', async () => {
  const jobs = await Promise.all(
    murmur2.map(async ([key, hash]) => ({
      key,
      expected: (hash & 0x7fffffff) % PARTITIONS,
      id: (await submit({ type: 'noop', key })).job.id,
    })),
  )
  const log = new Map((await readLog(platform, 'jobs')).map((record) => [record.headers['id'], record]))
  const wrong = jobs.filter(({ id, expected }) => log.get(id)?.partition !== expected)
  assert.equal(wrong, [])
  assert.equal(
    jobs.map(({ id }) => log.get(id)?.key),
    jobs.map(({ key }) => key),
  )
})

test('jobs of one key that are sent one after the other lie in the log in that order', async () => {
  const ids: string[] = []
  for (let n = 0; n < 20; n++) ids.push((await submit({ type: 'noop', payload: n, key: 'in-order' })).job.id)
  const mine = (await readLog(platform, 'jobs'))
    .filter(({ key }) => key === 'in-order')
    .sort((a: LogRecord, b: LogRecord) => a.offset - b.offset)
  assert.is(new Set(mine.map(({ partition }) => partition)).size, 1)
  assert.equal(
    mine.map(({ headers }) => headers['id']),
    ids,
  )
})

test('a traceparent that is none does not travel', async () => {
  const { job } = await submit({ type: 'noop' }, { traceparent: 'nonsense' })
  const record = (await readLog(platform, 'jobs')).find(({ headers }) => headers['id'] === job.id)
  assert.equal(record?.headers, { id: job.id, type: 'noop' })
})

for (const [which, master] of [
  ['first', () => first],
  ['second', () => second],
] as const) {
  test(`Prefer: wait gives the result with a 200 on the ${which} master`, async () => {
    const { url } = master()
    const payload = { list: [1, 2.5, null, 'ü'], deep: { a: true } }
    const answer = await call(`${url}/api/jobs`, {
      json: { type: 'test.echo', payload, key: 'wait' },
      headers: { prefer: 'wait=20' },
    })
    const job = expectJob(answer, 200)
    assert.is(job.status, 'succeeded')
    assert.equal(job.result, payload)
    assert.is(job.key, 'wait')
    assert.is(job.attempts.length, 1)
    assert.is(job.worker, job.attempts[0]?.worker)
    assert.ok(Date.parse(job.submittedAt) <= Date.parse(job.finishedAt ?? ''))
    assert.is(answer.headers.get('location'), `/api/jobs/${job.id}`)
    assert.equal(await getJob(first.url, job.id), job)
    assert.equal(await getJob(second.url, job.id), job)
  })

  test(`Prefer: wait gives a 202 on the ${which} master where the job takes longer`, async () => {
    const started = performance.now()
    const answer = await call(`${master().url}/api/jobs`, {
      json: { type: 'sleep', payload: { ms: 1_800 } },
      headers: { prefer: 'respond-async, wait=1' },
    })
    const took = performance.now() - started
    const job = expectJob(answer, 202)
    assert.ok(took > 900 && took < 1_750, `answered after ${took} ms`)
    assert.ok(job.status === 'queued' || job.status === 'running', job.status)
    assert.is(answer.headers.get('location'), `/api/jobs/${job.id}`)
    assert.ok(['queued', 'running'].includes((await getJob(first.url, job.id)).status))
  })
}

test('a Prefer that asks for no time, or for nonsense, does not wait', async () => {
  for (const prefer of ['wait=0', 'wait=soon', 'wait=-5', 'wait', 'handling=strict']) {
    const started = performance.now()
    await submit({ type: 'sleep', payload: { ms: 2_000 }, maxAttempts: 1 }, { prefer })
    const took = performance.now() - started
    assert.ok(took < 1_000, `${prefer}: ${took} ms`)
  }
})

test('a job that was accepted by one master is found by the other', async () => {
  const { job } = await submit({ type: 'sleep', payload: { ms: 300 }, key: 'elsewhere' })
  const seen = await getJob(second.url, job.id)
  assert.ok(['queued', 'running'].includes(seen.status), seen.status)
  assert.is(seen.submittedAt, job.submittedAt)
})

test('what JSON can say comes back as it was, NUL and lone surrogates too', async () => {
  const payload = { nul: 'a\0b', lone: '\ud800', pair: '😀', '': [], zero: 0, big: 1e300, __proto: null }
  const job = await runJob(first.url, { type: 'test.echo', payload })
  assert.is(job.status, 'succeeded', JSON.stringify(job.error))
  assert.equal(job.result, payload)
  const own = '{"__proto__":{"x":1},"constructor":"y"}'
  const raw = await call(`${first.url}/api/jobs`, {
    raw: `{"type":"test.echo","payload":${own}}`,
    headers: { prefer: 'wait=20' },
  })
  assert.is(expectJob(raw, 200).status, 'succeeded')
  assert.ok(raw.text.includes(own), raw.text)
})

test('a body of exactly 900,000 bytes is accepted and run', async () => {
  const frame = JSON.stringify({ type: 'test.echo', payload: '' }).length
  const payload = 'x'.repeat(900_000 - frame)
  const job = await runJob(first.url, { type: 'test.echo', payload })
  assert.is(job.status, 'succeeded', JSON.stringify(job.error))
  assert.ok(job.result === payload, 'the result is the payload')
})

test('a control job is run by the master’s own node, and never by a worker', async () => {
  const job = await runJob(first.url, { type: 'test.control', payload: 1 })
  assert.is(job.status, 'succeeded', JSON.stringify(job.error))
  assert.ok(['master-1', 'the-second'].includes(job.worker ?? ''), `run by ${job.worker}`)
  const { parent } = job.result as { parent: number }
  assert.is(parent, job.worker === 'master-1' ? first.pid : second.pid)
  const inJobs = (await readLog(platform, 'jobs')).some(({ headers }) => headers['id'] === job.id)
  const inControl = (await readLog(platform, 'control')).some(({ headers }) => headers['id'] === job.id)
  assert.equal({ inJobs, inControl }, { inJobs: false, inControl: true })
})

test('a handler of one’s own in a folder anywhere is checked, run and described', async () => {
  const payload = { url: 'https://example.org/a.png', width: 20 }
  const job = await runJob(first.url, { type: 'thumbnail', payload })
  assert.is(job.status, 'succeeded', JSON.stringify(job.error))
  assert.equal(job.result, { id: job.id, attempt: 1, url: payload.url, area: 400, aborted: false })
  const wrong = await call(`${first.url}/api/jobs`, {
    json: { type: 'thumbnail', payload: { ...payload, width: 2001 } },
  })
  assert.is(wrong.status, 422, wrong.text)
})

test('a handler of one’s own with thread: true runs in a thread', async () => {
  const job = await runJob(first.url, { type: 'busy', payload: { n: 3 } })
  assert.is(job.status, 'succeeded', JSON.stringify(job.error))
  assert.equal(job.result, { isMainThread: false, n: 3 })
})

test.run()
