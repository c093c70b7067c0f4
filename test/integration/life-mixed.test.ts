/** Retries, delays, replays, limits and schedules where they meet: each keeps what it promises. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectJob, type JobView } from '../support/api.ts'
import {
  assertNoOverlap,
  type Client,
  clientOf,
  type LifeRun,
  lastRuns,
  readLife,
  traceFile,
} from '../support/life.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: all at once')
const file = traceFile('mixed')
const LONG = { backoffMs: 86_400_000, maxBackoffMs: 86_400_000 }
let platform: Platform
let api: Client
let worker: RunningProcess

// A small window: 8 jobs, 2 of one key, 1 MB.
setUp(test, async () => {
  platform = await startPlatform('mixed', { JOBS_PER_NODE: '8', WINDOW_BYTES: '1000000' })
  const [one, two] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  api = clientOf(one.url)
  worker = two
})
test.after(() => platform?.stop())
test.before.each(() => platform.sql('delete from limits').then(() => undefined))

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const job = (payload: object = {}, more: object = {}): object => ({
  type: 'test.life',
  payload: { file, ...payload },
  ...more,
})
const namesOf = (key: string): string[] =>
  readLife(file)
    .filter((run) => run.key === key)
    .map(({ name, attempt }) => (attempt === 1 ? name : `${name}#${attempt}`))
const allEnded = async (ids: readonly string[], limitMs = 25_000): Promise<JobView[]> => {
  const jobs: JobView[] = []
  for (const id of ids) jobs.push(await api.ended(id, limitMs))
  return jobs
}
const waitsFor = (id: string, what: string): Promise<JobView> => api.becomes(id, (it) => it.waitsFor === what)
/** It is parked between two attempts for a time that nobody waits for. */
const block = async (key: string): Promise<string> => {
  const id = await api.post(job({ name: 'head', failures: 1 }, { key, ...LONG }))
  await waitsFor(id, 'retry')
  return id
}

test('a job that is due joins behind what is parked of its key, and so does one that is put back', async () => {
  const key = 'behind'
  const dead = await api.post(job({ name: 'dead', failures: 1, retryable: false }, { key }))
  await api.becomes(dead, 'dead')
  const head = await block(key)
  const late = await api.post(job({ name: 'late' }, { key, delayMs: 300 }))
  const ids = await api.postAll(numbers(20).map((n) => job({ name: `${n}` }, { key })))
  await waitsFor(ids[19] ?? '', 'order')
  await waitsFor(late, 'order')
  expectJob(await api.ask('POST', `/jobs/${dead}/replay`), 202)
  await waitsFor(dead, 'order')
  const after = await api.post(job({ name: 'after' }, { key }))
  await api.ask('DELETE', `/jobs/${head}`)
  await allEnded([...ids, late, dead, after])
  const names = namesOf(key).slice(2)
  assert.equal(
    names.filter((name) => /^\d+$/.test(name)),
    numbers(20).map(String),
  )
  assert.is(names.at(-2), 'dead#2', names.join())
  assert.is(names.at(-1), 'after', names.join())
  assert.ok(names.includes('late'))
})

test('a retry that is due while its type is paused waits for that, and goes on with its key’s order', async () => {
  const key = 'paused'
  const ids = await api.postAll([
    job({ name: 'a', failures: 1 }, { key, backoffMs: 4_000, maxBackoffMs: 4_000 }),
    job({ name: 'b' }, { key }),
    job({ name: 'c' }, { key }),
  ])
  await until('it has failed once', () => namesOf(key).length > 0)
  await api.ask('POST', '/types/test.life/pause')
  await delay(1_000)
  const before = namesOf(key).length
  await waitsFor(ids[0] ?? '', 'type:test.life').catch((error: unknown) => {
    // Unless the wait was so short that it was over before the pause.
    if (before === 1) throw error
  })
  await delay(1_000)
  assert.is(namesOf(key).length, before)
  await api.ask('POST', '/types/test.life/resume')
  for (const it of await allEnded(ids)) assert.is(it.status, 'succeeded')
  assert.equal(namesOf(key), ['a', 'a#2', 'b', 'c'])
})

test('delayed jobs and ticks that come due while their type is paused are held, none is lost', async () => {
  await api.ask('POST', '/types/test.life/pause')
  await delay(1_000)
  const ids = await api.postAll(
    numbers(30).map((n) =>
      job({ name: `d${n}` }, { delayMs: 200 + 50 * n, ...(n % 3 === 0 ? { key: 'dk' } : {}) }),
    ),
  )
  await api.ask('PUT', '/schedules/paused', {
    intervalMs: 1_000,
    overlap: 'queue',
    job: job({ name: 'tick' }),
  })
  const rows = (): Promise<{ held: string }[]> =>
    platform.sql(`select count(*) as held from parked where held_by is not null or reason = 'order'`)
  await until('all are held', async () => Number((await rows())[0]?.held) >= 33)
  assert.equal(
    readLife(file).filter(({ name }) => /^(d\d+|tick)$/.test(name)),
    [],
  )
  await api.ask('POST', '/schedules/paused/pause')
  const { recent } = (await api.ask('GET', '/schedules/paused')).body as { recent: { jobId?: string }[] }
  const ticks = recent.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId]))
  assert.ok(ticks.length >= 2)
  await api.ask('POST', '/types/test.life/resume')
  for (const it of await allEnded([...ids, ...ticks])) assert.is(it.status, 'succeeded')
  const keyed = namesOf('dk').map((name) => Number(name.slice(1)))
  assert.equal(
    keyed,
    keyed.toSorted((a, b) => a - b),
  )
  const order = readLife(file).flatMap(({ name, tick }) => (name === 'tick' ? [tick ?? 0] : []))
  assert.equal(
    order,
    order.toSorted((a, b) => a - b),
  )
})

test('large and small jobs of a key keep their order through parking, though a few fill the window', async () => {
  const key = 'large'
  const head = await block(key)
  const text = 'x'.repeat(400_000)
  const ids: string[] = []
  // The text is no field of the payload, so the large ones die at once: that is an end, too, and has its place.
  for (const n of numbers(24))
    ids.push(
      await api.post({
        type: 'test.work',
        key,
        payload: { file, name: `${n}`, ...(n % 3 === 0 ? { message: text } : {}) },
      }),
    )
  await waitsFor(ids[23] ?? '', 'order')
  const others = await api.postAll(
    numbers(12).map((n) => ({
      type: 'test.work',
      payload: { file, name: 'o', ms: 100, ...(n % 2 === 0 ? { message: text } : {}) },
    })),
  )
  await api.ask('DELETE', `/jobs/${head}`)
  await allEnded([...ids, ...others])
  assert.equal(namesOf(key).slice(1), numbers(24).map(String))
})

test('large jobs that are due at once come in the order of their times', async () => {
  const key = 'large-late'
  const text = 'x'.repeat(300_000)
  const at = Date.now() + 3_500
  const ids: string[] = []
  for (const n of numbers(20)) {
    const runAt = new Date(at + 25 * n).toISOString()
    const payload = { file, name: `${n}`, ms: 20, ...(n % 2 === 0 ? { message: text } : {}) }
    ids.push(await api.post({ type: 'test.work', key, runAt, payload }))
  }
  assert.ok(Date.now() < at, 'they were accepted in time')
  const others = numbers(40).map((n) => ({
    type: 'test.work',
    payload: { file, name: 'o', ms: 60, ...(n % 2 === 0 ? { message: text } : {}) },
  }))
  await delay(at - Date.now() - 300)
  const rest = await api.postAll(others)
  await allEnded([...ids, ...rest])
  assert.equal(namesOf(key), numbers(20).map(String))
})

test('keys and prefixes of any characters are what they are', async () => {
  const keys = ['100%_\\', "o'key;--", 'ключ 🔑', ' ', 'x'.repeat(512), 'a/b?c#d']
  for (const prefix of ['100%', "o'", 'ключ 🔑', ' ', 'x'.repeat(512), 'a/b?']) {
    const answer = await api.ask('PUT', `/limits/keys/${encodeURIComponent(prefix)}`, { paused: true })
    assert.is(answer.status, 200, answer.text)
  }
  await delay(1_100)
  const held = await api.postAll(keys.map((key) => job({ name: 'odd' }, { key })))
  const free = await api.postAll(
    ['100', 'o', 'ключ', 'xx', 'a/b'].map((key) => job({ name: 'plain' }, { key })),
  )
  await allEnded(free)
  for (const [n, id] of held.entries())
    assert.ok(
      (await api.becomes(id, (it) => it.waitsFor !== undefined)).waitsFor?.startsWith('key:'),
      keys[n],
    )
  for (const prefix of ['100%', "o'", 'ключ 🔑', ' ', 'x'.repeat(512), 'a/b?'])
    assert.is((await api.ask('DELETE', `/limits/keys/${encodeURIComponent(prefix)}`)).status, 204)
  for (const it of await allEnded(held)) assert.is(it.status, 'succeeded')
})

test('each attempt that takes too long is on record, and so is its retry', async () => {
  const id = await api.post(job({ ms: 30_000 }, { timeoutMs: 150, maxAttempts: 3, backoffMs: 20 }))
  const { status, attempts, error } = await api.ended(id)
  assert.equal([status, error?.code], ['dead', 'TIMEOUT'])
  assert.equal(
    attempts.map((it) => it.error?.code),
    ['TIMEOUT', 'TIMEOUT', 'TIMEOUT'],
  )
})

test('a job that is cancelled after it was put back never runs again', async () => {
  const id = await api.post(job({ failures: 9 }, { maxAttempts: 1 }))
  await api.becomes(id, 'dead')
  await api.ask('POST', '/types/test.life/pause')
  await delay(1_000)
  expectJob(await api.ask('POST', `/jobs/${id}/replay`), 202)
  await waitsFor(id, 'type:test.life')
  const cancelled = expectJob(await api.ask('DELETE', `/jobs/${id}`), 200)
  assert.equal([cancelled.status, cancelled.attempts.length], ['cancelled', 1])
  await api.ask('POST', '/types/test.life/resume')
  await delay(1_500)
  assert.is(readLife(file).filter((run: LifeRun) => run.id === id).length, 1)
  assert.is((await api.ask('POST', `/jobs/${id}/replay`)).status, 404)
})

test('through a kill -9 while all of it goes on nothing is lost and every key keeps its order', async () => {
  const ids: string[] = []
  const dead: string[] = []
  const round = async (n: number): Promise<void> => {
    const keyed = numbers(10).map((k) =>
      job(
        { name: String(n).padStart(3, '0'), ms: 5, failures: (n + k) % 4 === 0 ? 1 : 0 },
        { key: `z${k}`, backoffMs: 3_500, maxBackoffMs: 3_500 },
      ),
    )
    ids.push(...(await api.postAll([...keyed, job({}, { delayMs: 400 * n }), job({}, { priority: 'low' })])))
    dead.push(...(await api.postAll([job({ name: 'd', failures: 1, retryable: false })])))
  }
  for (const n of numbers(5)) await round(n)
  worker.kill('SIGKILL')
  for (const n of numbers(10)) await round(n + 5)
  const fresh = platform.worker()
  const [gone = ''] = await api.postAll([job({}, { delayMs: 8_000 })])
  await api.ask('DELETE', `/jobs/${gone}`)
  await fresh
  for (const it of await allEnded(dead, 40_000)) assert.is(it.status, 'dead')
  const { body } = await api.ask('POST', '/dead-letters/replay', { ids: dead })
  assert.is((body as { replayed: number }).replayed, dead.length)
  for (const it of await allEnded([...ids, ...dead], 40_000)) assert.is(it.status, 'succeeded')
  const runs = readLife(file).filter(({ key, end }) => key?.startsWith('z') && end < Number.POSITIVE_INFINITY)
  for (const [key, its] of Map.groupBy(runs, (run) => run.key)) {
    const names = lastRuns(its).map(({ name }) => name)
    assert.equal(names, names.toSorted(), key)
  }
  assertNoOverlap(runs, 'mixed')
  assert.is((await api.get(gone)).status, 'cancelled')
  await until('no job is parked', async () => (await platform.sql('select from parked')).length === 0)
})

test.run()
