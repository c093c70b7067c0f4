import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem, getJob, type JobView, runJob } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('a job’s status')

setUp(test, async () => {
  // One partition and one job at once: who waits, waits for those before it.
  platform = await startPlatform('status', { PARTITIONS: '1' })
  const [one] = await Promise.all([
    platform.master(),
    platform.worker({ NODE_ID: 'the-worker', MAX_PARALLEL_JOBS: '1' }),
  ])
  master = one
})
test.after(() => platform?.stop())

const submit = async (json: unknown): Promise<JobView> =>
  expectJob(await call(`${master.url}/api/jobs`, { json }), 202)

const time = (text: string | undefined): number => {
  assert.type(text, 'string')
  assert.match(text ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  return Date.parse(text ?? '')
}

interface Sight {
  /** What it said. */
  readonly position: number
  readonly start: number | undefined
  /** Jobs before it that had not ended then. */
  readonly ahead: number
}

/** Looks at the last of these jobs until it runs. */
const watchLast = async (ids: readonly string[]): Promise<{ seen: Sight[]; startedAt: number }> => {
  const seen: Sight[] = []
  for (;;) {
    const job = await getJob(master.url, ids.at(-1) ?? '')
    const ended = await call(`${master.url}/api/jobs?status=succeeded&limit=500`)
    if (job.status !== 'queued') return { seen, startedAt: time(job.startedAt) }
    const done = new Set((ended.body as { jobs: JobView[] }).jobs.map(({ id }) => id))
    assert.type(job.position, 'number', JSON.stringify(job))
    seen.push({
      position: job.position ?? -1,
      start: job.estimatedStartAt === undefined ? undefined : time(job.estimatedStartAt),
      ahead: ids.filter((id) => !done.has(id)).length - 1,
    })
    await delay(100)
  }
}

const checkPositions = ({ seen, startedAt }: Awaited<ReturnType<typeof watchLast>>): void => {
  const said = `started at ${startedAt}: ${JSON.stringify(seen)}`
  for (const [index, { position, ahead }] of seen.entries()) {
    assert.ok(Number.isInteger(position) && position >= 0, said)
    // It is told from committed offsets, which are read once a second: some jobs late, never early.
    assert.ok(position >= ahead - 2, `${position} with ${ahead} ahead; ${said}`)
    assert.ok(position <= ahead + 12, `${position} with ${ahead} ahead; ${said}`)
    assert.ok(position <= (seen[index - 1]?.position ?? position), `it grew; ${said}`)
  }
  const estimates = seen.flatMap(({ start, position }) => (position > 0 && start ? [start] : []))
  assert.ok(estimates.length >= seen.length / 3, said)
  for (const start of estimates.slice(-5)) assert.ok(Math.abs(start - startedAt) < 4_000, said)
}

test('a job behind others has a plausible position and, while its partition drains, a plausible start', async () => {
  const ids: string[] = []
  for (let n = 0; n < 20; n++) ids.push((await submit({ type: 'sleep', payload: { ms: 200 } })).id)
  checkPositions(await watchLast(ids))
})

test('so has a job behind others of the same batch', async () => {
  const lines = Array.from({ length: 20 }, () => ({ type: 'sleep', payload: { ms: 200 } }))
  const { answers } = await sendBatch(master.url, [ndjson(lines)])
  checkPositions(await watchLast(answers.map(({ id }) => id ?? '')))
})

test('a running job says since when, where, and which attempt', async () => {
  const { id } = await submit({ type: 'sleep', payload: { ms: 900 }, key: 'k' })
  const running = await until('it runs', async () => {
    const job = await getJob(master.url, id)
    return job.status === 'running' && job
  })
  assert.is(running.worker, 'the-worker')
  assert.is(running.type, 'sleep')
  assert.is(running.key, 'k')
  assert.ok(time(running.startedAt) >= time(running.submittedAt))
  assert.is(running.attempts.length, 1)
  assert.is(running.attempts[0]?.attempt, 1)
  assert.is(running.attempts[0]?.worker, 'the-worker')
  assert.is(running.attempts[0]?.finishedAt, undefined)
  assert.is(running.position, undefined)
  assert.is(running.result, undefined)
  const ended = await until('it ends', async () => {
    const job = await getJob(master.url, id)
    assert.ok(['running', 'succeeded'].includes(job.status), job.status)
    return job.status === 'succeeded' && job
  })
  assert.equal(ended.result, { sleptMs: 900 })
  const took = time(ended.finishedAt) - time(ended.startedAt)
  assert.ok(took >= 890 && took < 2_000, `${took} ms`)
})

test('a job that fails and then succeeds has both attempts', async () => {
  const job = await runJob(master.url, { type: 'test.work', payload: { failures: 1 }, maxAttempts: 3 })
  assert.is(job.status, 'succeeded')
  assert.equal(job.result, { name: '', attempt: 2 })
  assert.equal(
    job.attempts.map(({ attempt, error }) => [attempt, error?.code]),
    [
      [1, 'AS_TOLD'],
      [2, undefined],
    ],
  )
  assert.is(job.error, undefined)
})

test('a job is dead after maxAttempts, each attempt is recorded, and its record is a dead letter', async () => {
  const payload = { failures: 99, message: 'no luck \0 \ud800' }
  const job = await runJob(master.url, { type: 'test.work', payload, maxAttempts: 3, key: 'dies' })
  assert.is(job.status, 'dead')
  assert.is(job.result, undefined)
  assert.is(job.error?.code, 'AS_TOLD')
  assert.match(job.error?.message ?? '', 'no luck')
  assert.is(job.attempts.length, 3)
  let before = time(job.submittedAt)
  for (const [index, { attempt, startedAt, finishedAt, worker, error }] of job.attempts.entries()) {
    assert.is(attempt, index + 1)
    assert.is(worker, 'the-worker')
    assert.is(error?.code, 'AS_TOLD')
    assert.ok(time(startedAt) >= before, 'attempts follow each other')
    assert.ok(time(finishedAt) >= time(startedAt))
    before = time(finishedAt)
  }
  assert.is(time(job.startedAt), time(job.attempts[0]?.startedAt))
  assert.is(time(job.finishedAt), before)
  const letter = (await readLog(platform, 'dead')).find(({ headers }) => headers['id'] === job.id)
  assert.is(letter?.key, 'dies')
  assert.is(letter?.headers['type'], 'test.work')
  assert.equal(JSON.parse(letter?.value ?? ''), { payload, maxAttempts: 3 })
  assert.match(Object.values(letter?.headers ?? {}).join(), 'no luck')
})

test('an error that says that repeating is useless makes the job dead at once', async () => {
  const job = await runJob(master.url, { type: 'test.work', payload: { failures: 9, retryable: false } })
  assert.is(job.status, 'dead')
  assert.is(job.attempts.length, 1)
})

test('timeoutMs ends each attempt', async () => {
  const started = performance.now()
  const job = await runJob(master.url, {
    type: 'sleep',
    payload: { ms: 60_000 },
    timeoutMs: 100,
    maxAttempts: 2,
  })
  assert.is(job.status, 'dead')
  assert.is(job.error?.code, 'TIMEOUT')
  assert.is(job.attempts.length, 2)
  for (const { startedAt, finishedAt } of job.attempts) {
    const took = time(finishedAt) - time(startedAt)
    assert.ok(took >= 95 && took < 1_000, `${took} ms`)
  }
  assert.ok(performance.now() - started < 5_000)
})

test('an id beside that of a job that was, of the same moment and partition, is a 404', async () => {
  const { id } = await runJob(master.url, { type: 'noop' })
  const never = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
  const answer = await until('its offset is committed', async () => {
    const found = await call(`${master.url}/api/jobs/${never}`)
    return found.status === 404 && found
  })
  expectProblem(answer, 404, 'NOT_FOUND')
})

test('records that are no jobs hold nobody up and become dead letters', async () => {
  const producer = platform.kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const id = '01a1fc5c-b7f8-8000-8000-000000000001'
  const headers = { id, type: 'noop' }
  await producer.send({
    topic: platform.topic('jobs'),
    messages: [
      { value: 'garbage 1' },
      { value: 'garbage 2', headers },
      { key: 'garbage 3', value: null, headers },
      { value: '"garbage 4"', headers },
      { value: '{"payload":"garbage 5"}', headers: { id: 'nonsense', type: 'noop' } },
      { value: '{"payload":"garbage 6","maxAttempts":"many"}', headers },
      { value: '{"payload":"garbage 7"}', headers: { id } },
    ],
  })
  await producer.disconnect()
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
  const dead = await readLog(platform, 'dead')
  const garbage = dead.map(({ key, value }) => /garbage \d/.exec(`${key} ${value}`)?.[0]).filter(Boolean)
  assert.equal(
    [...new Set(garbage)].sort(),
    [1, 2, 3, 4, 5, 6, 7].map((n) => `garbage ${n}`),
  )
  assert.is(garbage.length, 7, 'each once')
})

test('a job of a type that the worker does not know is dead, not lost', async () => {
  const id = (await runJob(master.url, { type: 'noop' })).id.replace(/.$/, (last) =>
    last === '0' ? '1' : '0',
  )
  const producer = platform.kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({
    topic: platform.topic('jobs'),
    messages: [{ value: '{"payload":1}', headers: { id, type: 'not.there' } }],
  })
  await producer.disconnect()
  const job = await until('it is dead', async () => {
    const answer = await call(`${master.url}/api/jobs/${id}`)
    const found = answer.status === 200 ? (answer.body as JobView) : undefined
    return found?.status === 'dead' && found
  })
  assert.is(job.error?.code, 'TYPE_UNKNOWN')
  assert.is(job.type, 'not.there')
})

test.run()
