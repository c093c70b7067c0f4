/** A job may be given a time: it starts then, never before, whatever becomes of workers meanwhile. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectProblem, type JobView, pointers } from '../support/api.ts'
import {
  assertNoOverlap,
  type Client,
  clientOf,
  type LifeRun,
  quantile,
  readLife,
  traceFile,
} from '../support/life.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: delays')
const file = traceFile('delay')
let platform: Platform
let api: Client
let workers: RunningProcess[]

setUp(test, async () => {
  platform = await startPlatform('delay')
  const [one, ...rest] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  api = clientOf(one.url)
  workers = rest
})
test.after(() => platform?.stop())

const job = (payload: object = {}, more: object = {}): object => ({
  type: 'test.life',
  payload: { file, ...payload },
  ...more,
})
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const runsOf = (id: string): LifeRun[] => readLife(file).filter((run) => run.id === id)
const allRan = (ids: readonly string[], limitMs = 20_000): Promise<LifeRun[]> =>
  until(
    `${ids.length} jobs have run`,
    () => {
      const wanted = new Set(ids)
      const runs = readLife(file).filter(({ id, end }) => wanted.has(id) && end < Number.POSITIVE_INFINITY)
      return new Set(runs.map(({ id }) => id)).size === ids.length && runs
    },
    limitMs,
  )
/** How late each started, ms. */
const lateness = (runs: readonly LifeRun[], due: (run: LifeRun) => number): number[] =>
  runs.map((run) => run.wallStart - due(run))
/** Times are in whole milliseconds. */
const CLOCK_MS = 1

test('a keyless job starts at its time: not before, and soon', async () => {
  const delays = numbers(40).map((n) => [80, 400, 1_100, 1_900, 2_050, 2_600, 3_300, 4_100][n % 8] ?? 0)
  const due = new Map<string, number>()
  // One by one, so that each has a time of its own.
  for (const delayMs of delays) {
    const from = Date.now()
    due.set(await api.post(job({}, { delayMs })), from + delayMs)
  }
  const runs = await allRan([...due.keys()])
  const late = lateness(runs, ({ id }) => due.get(id) ?? 0)
  console.log(
    `keyless: lateness p50 ${quantile(late, 0.5).toFixed()} p90 ${quantile(late, 0.9).toFixed()} max ${quantile(late, 1).toFixed()} ms`,
  )
  assert.ok(Math.min(...late) >= -CLOCK_MS, `${Math.min(...late)} ms: before its time`)
  // The first is for a machine that does nothing else.
  assert.ok(quantile(late, 0.75) < 150, `${quantile(late, 0.75)} ms late`)
  assert.ok(quantile(late, 1) < 1_000, `${quantile(late, 1)} ms late`)
  assert.is(runs.length, delays.length, 'once each')
})

test('while it waits it says for what, and it is no lag', async () => {
  const runAt = new Date(Date.now() + 3_600_000).toISOString()
  const id = await api.post(job({}, { runAt }))
  const waits = await api.becomes(id, ({ waitsFor }) => waitsFor === 'delay')
  assert.equal([waits.status, waits.attempts, waits.startedAt], ['queued', [], undefined])
  assert.ok(
    Math.abs(Date.parse(waits.runAt ?? '') - Date.parse(runAt)) <= 1,
    `${waits.runAt} and not ${runAt}`,
  )
  await until('no lag', async () => {
    const { body } = await api.ask('GET', '/scaling')
    const { lag, parked } = body as { lag: number; parked: { total: number; due: number } }
    return lag === 0 && parked.total === 1 && parked.due === 0
  })
  const { jobs } = (await api.ask('GET', '/jobs?status=queued')).body as { jobs: JobView[] }
  assert.ok(jobs.some((it) => it.id === id))
  await api.ask('DELETE', `/jobs/${id}`)
})

test('a time that is past is now, and what makes no sense is refused', async () => {
  const at = Date.now()
  const ids = await api.postAll([
    job({}, { runAt: '2001-02-03T04:05:06Z' }),
    job({}, { runAt: new Date(at - 1).toISOString(), key: 'past' }),
    job({}, { delayMs: 0 }),
  ])
  const runs = await allRan(ids, 5_000)
  assert.ok(Math.max(...runs.map(({ start }) => start)) - at < 1_500)
  for (const wrong of [
    { delayMs: -1 },
    { delayMs: 1.5 },
    { delayMs: 10, runAt: new Date().toISOString() },
    { runAt: 'tomorrow' },
    { runAt: '2999-01-01T00:00:00Z' },
    { delayMs: 1e12 },
  ]) {
    const problem = expectProblem(await api.ask('POST', '/jobs', job({}, wrong)), 422)
    assert.match(pointers(problem).join(' '), /delayMs|runAt/, JSON.stringify(problem))
  }
})

test('one with a key keeps nobody of its key waiting, and joins its order at the end when it is due', async () => {
  const key = 'joins'
  const due = Date.now() + 2_500
  const late = await api.post(job({ name: 'late' }, { key, runAt: new Date(due).toISOString() }))
  const first = await api.postAll(numbers(20).map((n) => job({ name: `a${n}` }, { key })))
  const before = await allRan(first, 5_000)
  assert.ok(Math.max(...before.map(({ start }) => start)) < due, 'those of its key don’t wait for it')
  // Far more than one key's share of the window; some of it runs when the other is due.
  await until('half a second before its time', () => Date.now() > due - 500)
  const backlog = await api.postAll(numbers(150).map((n) => job({ name: `b${n}`, ms: 12 }, { key })))
  assert.ok(Date.now() < due, 'the backlog was accepted before')
  const [, ...rest] = await allRan([...backlog, late])
  const names = [...before, ...rest].map(({ name }) => name)
  assert.ok(names.length > 0)
  const all = readLife(file).filter((run) => run.key === key)
  assert.equal(
    all.map(({ name }) => name),
    [...numbers(20).map((n) => `a${n}`), ...numbers(150).map((n) => `b${n}`), 'late'],
  )
  assert.ok((all.at(-1)?.wallStart ?? 0) >= due - CLOCK_MS)
})

test('with a key and an idle one it is on time, too', async () => {
  const due = new Map<string, number>()
  for (const n of numbers(12)) {
    const delayMs = 1_500 + 170 * n
    const from = Date.now()
    due.set(await api.post(job({}, { key: `idle${n % 6}`, delayMs })), from + delayMs)
  }
  const late = lateness(await allRan([...due.keys()]), ({ id }) => due.get(id) ?? 0)
  console.log(
    `keyed: lateness p50 ${quantile(late, 0.5).toFixed()} p90 ${quantile(late, 0.9).toFixed()} max ${quantile(late, 1).toFixed()} ms`,
  )
  assert.ok(Math.min(...late) >= -CLOCK_MS, `${Math.min(...late)} ms`)
  assert.ok(quantile(late, 0.75) < 300, `${quantile(late, 0.75)} ms late`)
  assert.ok(quantile(late, 1) < 1_500, `${quantile(late, 1)} ms late`)
})

test('those of one key that are due one after the other run in the order of their times', async () => {
  const key = 'times'
  const at = Date.now() + 2_500
  const offsets = [900, 0, 600, 300, 1_200, 150]
  const ids = await api.postAll(
    offsets.map((ms) => job({ name: `${ms}` }, { key, runAt: new Date(at + ms).toISOString() })),
  )
  const runs = await allRan(ids)
  assert.equal(
    runs.map(({ name }) => Number(name)),
    offsets.toSorted((a, b) => a - b),
  )
})

test('five hundred that are due in the same second start in that second and the next', async () => {
  const at = Date.now() + 4_000
  const runAt = new Date(at).toISOString()
  const ids = await api.postAll(
    numbers(500).map((n) => job({}, n % 5 === 0 ? { runAt, key: `m${n % 50}` } : { runAt })),
  )
  assert.ok(Date.now() < at - 500, 'accepted in time')
  const late = lateness(await allRan(ids), () => at)
  console.log(
    `500 at once: lateness p50 ${quantile(late, 0.5).toFixed()} max ${quantile(late, 1).toFixed()} ms`,
  )
  assert.ok(Math.min(...late) >= -CLOCK_MS)
  assert.is(late.length, 500, 'once each')
  assert.ok(quantile(late, 1) < 3_500, `${quantile(late, 1)} ms late`)
})

test('a restart of one worker and a kill -9 of the other forget none, start none early, and most are on time', async () => {
  const at = Date.now()
  const jobs = numbers(120).map((n) => ({
    delayMs: 2_500 + n * 100,
    ...(n % 3 === 0 ? { key: `r${n % 9}` } : {}),
  }))
  const ids = await api.postAll(jobs.map((more, n) => job({ name: `r${n}`, ms: 5 }, more)))
  await until('they wait', async () => (await platform.sql('select from parked')).length > 100)
  const [one, two] = workers
  two?.kill('SIGKILL')
  await platform.worker()
  await one?.stop()
  await platform.worker()
  const runs = await allRan(ids, 30_000)
  const late = lateness(runs, ({ name }) => at + (jobs[Number(name.slice(1))]?.delayMs ?? 0))
  console.log(`restarts: lateness p50 ${quantile(late, 0.5).toFixed()} max ${quantile(late, 1).toFixed()} ms`)
  assert.ok(Math.min(...late) >= -CLOCK_MS, `${Math.min(...late)} ms`)
  // The session of what was killed ends after 10 s.
  assert.ok(quantile(late, 1) < 16_000, `${quantile(late, 1)} ms late`)
  for (const id of ids) assert.is((await api.ended(id)).status, 'succeeded')
  for (const id of ids) assert.ok(runsOf(id).length <= 2)
})

test('in the end nothing is left that waits, and no two of a key have run at once', async () => {
  await until('no job is parked', async () => (await platform.sql('select from parked')).length === 0)
  assertNoOverlap(readLife(file), 'delay')
})

test.run()
