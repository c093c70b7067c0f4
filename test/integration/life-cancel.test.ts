/** A job can be cancelled wherever it is; what is behind it goes on, and what comes too late is told so. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem, type JobView } from '../support/api.ts'
import { assertNoOverlap, type Client, clientOf, type LifeRun, readLife, traceFile } from '../support/life.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: cancellations')
const file = traceFile('cancel')
/** Whatever the jitter makes of it, all that wait longer than two seconds are parked. */
const LONG = { backoffMs: 86_400_000, maxBackoffMs: 86_400_000 }
let platform: Platform
let api: Client
/** A master that has accepted none of the jobs. */
let other: Client
let urls: readonly string[]

setUp(test, async () => {
  platform = await startPlatform('cancel', { JOBS_PER_NODE: '40' })
  const [one, two] = await Promise.all([
    platform.master(),
    platform.master(),
    platform.worker(),
    platform.worker(),
  ])
  api = clientOf(one.url)
  other = clientOf(two.url)
  urls = [one.url, two.url]
})
test.after(() => platform?.stop())

const job = (payload: object = {}, more: object = {}): object => ({
  type: 'test.life',
  payload: { file, ...payload },
  ...more,
})
const cancel = async (id: string, by: Client = api): Promise<JobView> =>
  expectJob(await by.ask('DELETE', `/jobs/${id}`), 200)
const runsOf = (id: string): LifeRun[] => readLife(file).filter((run) => run.id === id)
const runsOfKey = (key: string): LifeRun[] => readLife(file).filter((run) => run.key === key)
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const running = (id: string): Promise<LifeRun> =>
  until(`${id} runs`, () => runsOf(id).find(({ end }) => end === Number.POSITIVE_INFINITY))

test('one that waits in the log, far behind, never runs, whichever master is asked; the others of its key do, in order', async () => {
  const key = 'log'
  const head = await api.post(job({ ms: 5_000 }, { key }))
  await running(head)
  const ids = await api.postAll(numbers(120).map((n) => job({ name: `${n}` }, { key })))
  // Some are claimed by then, some fetched, some neither.
  const gone = [1, 5, 40, 80, 119]
  for (const [index, n] of gone.entries()) {
    const by = index % 2 === 0 ? other : api
    const cancelled = await cancel(ids[n] ?? '', by)
    assert.is(cancelled.status, 'cancelled')
    assert.ok(cancelled.finishedAt)
  }
  for (const [n, id] of ids.entries())
    assert.is((await api.ended(id)).status, gone.includes(n) ? 'cancelled' : 'succeeded', `${n}`)
  assert.equal(
    runsOfKey(key)
      .slice(1)
      .map(({ name }) => Number(name)),
    numbers(120).filter((n) => !gone.includes(n)),
  )
  for (const n of gone) {
    const shown = await other.get(ids[n] ?? '')
    assert.equal([shown.status, shown.result, shown.attempts], ['cancelled', undefined, []])
  }
})

test('one that waits for its next attempt makes no more; those behind it go on at once', async () => {
  const key = 'blocked'
  const head = await api.post(job({ failures: 9, name: 'head' }, { key, ...LONG }))
  const ids = await api.postAll(numbers(60).map((n) => job({ name: `${n}` }, { key })))
  await api.becomes(head, ({ waitsFor }) => waitsFor === 'retry')
  await until(
    'all are behind it',
    async () => (await platform.sql('select from parked where key = $1', [key])).length === 61,
  )
  const middle = ids[30] ?? ''
  await cancel(middle)
  const at = Date.now()
  const { status, attempts } = await cancel(head, other)
  assert.equal([status, attempts.length], ['cancelled', 1])
  const [last] = ids.slice(-1)
  await api.becomes(last ?? '', 'succeeded')
  const runs = runsOfKey(key).slice(1)
  assert.equal(
    runs.map(({ name }) => Number(name)),
    numbers(60).filter((n) => n !== 30),
  )
  assert.ok((runs[0]?.start ?? 0) - at < 1_500, `the next starts after ${(runs[0]?.start ?? 0) - at} ms`)
  assert.is((await api.get(head)).status, 'cancelled')
})

test('of several heads of a blocked key each can be cancelled in turn', async () => {
  const key = 'heads'
  const ids = await api.postAll(numbers(5).map((n) => job({ failures: 9, name: `${n}` }, { key, ...LONG })))
  const behind = await api.post(job({ name: 'last' }, { key }))
  for (const id of ids) {
    await api.becomes(id, ({ waitsFor }) => waitsFor === 'retry', 5_000)
    await cancel(id)
  }
  await api.becomes(behind, 'succeeded', 5_000)
  assert.equal(
    runsOfKey(key).map(({ name }) => name),
    ['0', '1', '2', '3', '4', 'last'],
  )
})

test('one that waits for its time never runs', async () => {
  const ids = await api.postAll([
    job({}, { delayMs: 2_500 }),
    job({}, { delayMs: 2_500, key: 'later' }),
    job({}, { delayMs: 600 }),
    job({}, { delayMs: 3_600_000 }),
  ])
  for (const id of ids) assert.is((await cancel(id)).status, 'cancelled')
  const sign = await api.post(job({}, { delayMs: 3_000 }))
  await api.becomes(sign, 'succeeded')
  for (const id of ids) {
    assert.equal(runsOf(id), [])
    assert.is((await api.get(id)).status, 'cancelled')
  }
})

test('one that runs is told to stop; what it still comes to is not recorded, and the next of its key waits for its end', async () => {
  const key = 'running'
  const id = await api.post(job({ ms: 20_000, lingerMs: 1_200 }, { key }))
  const next = await api.post(job({}, { key }))
  await running(id)
  // The attempt is in the outcome as far as the master that cancels knows of it: by an event, which comes a moment later.
  await other.becomes(id, 'running')
  const at = Date.now()
  const shown = await cancel(id, other)
  assert.equal([shown.status, shown.result], ['cancelled', undefined])
  const told = await until('it is told', () => runsOf(id)[0]?.abort)
  assert.ok(told - at < 1_500, `told after ${told - at} ms`)
  await api.becomes(next, 'succeeded')
  const [run] = runsOf(id)
  const after = runsOf(next)[0]?.start ?? 0
  assert.ok(run && run.end < Number.POSITIVE_INFINITY, 'it has ended')
  assert.ok(after >= (run?.end ?? 0), `the next starts ${(run?.end ?? 0) - after} ms before its end`)
  assert.ok(after - (run?.end ?? 0) < 2_000, `the next starts ${after - (run?.end ?? 0)} ms after its end`)
  const later = await api.get(id)
  assert.equal([later.status, later.result, later.attempts.length], ['cancelled', undefined, 1])
})

test('one that does not listen does not come to a result either', async () => {
  const id = await api.post({ type: 'test.work', payload: { file, ms: 0 } })
  await api.becomes(id, 'succeeded')
  // A handler that fails on being told to stop is no failed attempt that is tried again.
  const stubborn = await api.post(job({ ms: 20_000 }, { maxAttempts: 5, backoffMs: 0 }))
  await running(stubborn)
  await cancel(stubborn)
  await until('it has ended', () => (runsOf(stubborn)[0]?.end ?? 0) < Number.POSITIVE_INFINITY)
  await delay(500)
  assert.is(runsOf(stubborn).length, 1)
  assert.is((await api.get(stubborn)).status, 'cancelled')
})

test('what has ended can’t be cancelled, and says how it ended; what is cancelled stays so', async () => {
  const done = await api.post(job())
  await api.becomes(done, 'succeeded')
  const problem = expectProblem(await api.ask('DELETE', `/jobs/${done}`), 409, 'JOB_ENDED')
  assert.match(problem.detail, /succeeded/)
  assert.is((await api.get(done)).status, 'succeeded')
  const dead = await api.post(job({ failures: 1, retryable: false }))
  await api.becomes(dead, 'dead')
  assert.match(expectProblem(await other.ask('DELETE', `/jobs/${dead}`), 409, 'JOB_ENDED').detail, /dead/)
  const twice = await api.post(job({}, { delayMs: 60_000 }))
  const first = await cancel(twice)
  const second = await cancel(twice, other)
  assert.equal([second.status, second.finishedAt], [first.status, first.finishedAt])
  expectProblem(await api.ask('DELETE', `/jobs/${randomUUID()}`), 404)
  assert.ok([400, 404, 422].includes((await api.ask('DELETE', '/jobs/x')).status))
})

test('many that cancel one that is just ending agree with what is recorded', async () => {
  const ids = await api.postAll(numbers(40).map(() => job({ ms: 20 })))
  const answers = await Promise.all(
    ids.map(async (id, n) => {
      await delay(n * 8)
      return (n % 2 === 0 ? api : other).ask('DELETE', `/jobs/${id}`)
    }),
  )
  for (const [n, { status, text }] of answers.entries()) {
    assert.ok(status === 200 || status === 409, text)
    const { status: now, result } = await api.ended(ids[n] ?? '')
    assert.is(now, status === 200 ? 'cancelled' : 'succeeded', text)
    assert.is(result === undefined, status === 200)
  }
})

test('by filter: of a type, of a key, of a status, before a time, or by ids; parked, queued and running ones', async () => {
  const key = 'filter'
  const head = await api.post(job({ ms: 20_000 }, { key }))
  await running(head)
  const ids = await api.postAll(numbers(100).map((n) => job({ name: `${n}` }, { key })))
  const parked = await api.post(job({}, { key, delayMs: 60_000 }))
  const keep = await api.post(job({}, { key: 'filter-not', delayMs: 60_000 }))
  const some = await other.ask('POST', '/jobs/cancel', { ids: [...ids.slice(0, 3), randomUUID()] })
  const told = some.body as { ids: string[] }
  assert.equal(
    { ...told, ids: told.ids.toSorted() },
    { cancelled: 3, tooLate: 0, notFound: 1, ids: ids.slice(0, 3).sort() },
  )
  const { body, text } = await api.ask('POST', '/jobs/cancel', { key })
  assert.is((body as { cancelled: number }).cancelled, 99, text)
  for (const id of [head, ...ids, parked]) assert.is((await api.get(id)).status, 'cancelled')
  assert.is((await api.get(keep)).waitsFor, 'delay')
  const again = await api.ask('POST', '/jobs/cancel', { type: 'test.life', before: new Date().toISOString() })
  assert.is((again.body as { cancelled: number }).cancelled, 1, again.text)
  const next = await api.post(job({}, { key }))
  await api.becomes(next, 'succeeded')
  assert.is(runsOfKey(key).length, 2, 'the one that ran, and the last')
  expectProblem(await api.ask('POST', '/jobs/cancel', {}), 422)
  expectProblem(await api.ask('POST', '/jobs/cancel', { typ: 'x' }), 422)
})

test('one that a limit holds never runs; the next of its key does when there is room', async () => {
  const key = 'held'
  await api.ask('POST', '/types/test.life/pause')
  const ids = await api.postAll(numbers(3).map((n) => job({ name: `${n}` }, { key })))
  // Those that start before the workers know of it don't tell anything.
  const held = await api.becomes(
    ids[0] ?? '',
    ({ waitsFor, status }) => waitsFor === 'type:test.life' || status === 'succeeded',
  )
  await cancel(ids[1] ?? '')
  if (held.status === 'queued') await cancel(ids[0] ?? '')
  await api.ask('POST', '/types/test.life/resume')
  await api.becomes(ids[2] ?? '', 'succeeded')
  assert.equal(runsOf(ids[1] ?? ''), [])
  if (held.status === 'queued') assert.equal(runsOf(ids[0] ?? ''), [])
  assert.equal((await api.ask('GET', '/limits')).body, { limits: [] })
})

test('a cancelled job tells those who wait for it', async () => {
  const json = job({ ms: 20_000, name: 'waited for' })
  const headers = { prefer: 'wait=20' }
  const ended = Promise.all(urls.map((url) => call(`${url}/api/jobs`, { json, headers })))
  const ids = await until('both run', () => {
    const runs = readLife(file).filter(({ name }) => name === 'waited for')
    return runs.length === 2 && runs.map(({ id }) => id)
  })
  const at = Date.now()
  for (const id of ids) await cancel(id)
  for (const answer of await ended) assert.is(expectJob(answer, 200).status, 'cancelled')
  assert.ok(Date.now() - at < 2_500, `told after ${Date.now() - at} ms`)
  const { jobs } = (await other.ask('GET', '/jobs?status=cancelled&limit=500')).body as { jobs: JobView[] }
  for (const id of ids) assert.ok(jobs.some((it) => it.id === id))
})

test('in the end nothing is left that waits, and no two of a key have run at once', async () => {
  assertNoOverlap(readLife(file), 'cancel')
  // Where a job was parked in the very moment of its cancellation its row goes when it is due: nothing of it waits any more.
  const waiting = 'select from parked where not exists (select from outcomes where outcomes.id = parked.id)'
  await until('no job waits in the store', async () => (await platform.sql(waiting)).length === 0)
})

test.run()
