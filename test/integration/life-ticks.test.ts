/** Schedules with two masters and two workers: each tick is one job, at its second. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectProblem, type JobView } from '../support/api.ts'
import {
  type Client,
  clientOf,
  type LifeRun,
  mostAtOnce,
  quantile,
  readLife,
  traceFile,
} from '../support/life.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: schedules')
const file = traceFile('schedules')
let platform: Platform
let api: Client
let other: Client
let masters: RunningProcess[]

setUp(test, async () => {
  platform = await startPlatform('schedules')
  const [one, two] = await Promise.all([
    platform.master(),
    platform.master(),
    platform.worker(),
    platform.worker(),
  ])
  masters = [one, two]
  api = clientOf(one.url)
  other = clientOf(two.url)
})
test.after(() => platform?.stop())

interface View {
  readonly name: string
  readonly paused: boolean
  readonly nextAt?: string
  readonly next: readonly string[]
  readonly recent: readonly { at: string; jobId?: string; skipped?: string }[]
}

const job = (name: string, payload: object = {}, more: object = {}): object => ({
  type: 'test.life',
  payload: { file, name, ...payload },
  ...more,
})
const create = async (
  name: string,
  timing: object,
  payload: object = {},
  more: object = {},
): Promise<View> => {
  const answer = await api.ask('POST', '/schedules', { name, ...timing, job: job(name, payload, more) })
  assert.is(answer.status, 201, answer.text)
  return answer.body as View
}
const view = async (name: string, by: Client = api): Promise<View> =>
  (await by.ask('GET', `/schedules/${name}`)).body as View
const act = async (name: string, verb: 'pause' | 'resume', by: Client = api): Promise<View> => {
  const answer = await by.ask('POST', `/schedules/${name}/${verb}`)
  assert.is(answer.status, 200, answer.text)
  return answer.body as View
}
const runsOf = (name: string): LifeRun[] => readLife(file).filter((run) => run.name === name)
/** Of each run the tick that it is, ms. */
const ticksOf = (runs: readonly LifeRun[]): number[] => runs.map(({ tick }) => tick ?? Number.NaN)
const SECOND = 1_000
/** Every tick between the first and the last, once each. */
const assertGapless = (ticks: readonly number[], everyMs: number, what: string): void => {
  const sorted = ticks.toSorted((a, b) => a - b)
  const wanted = Array.from({ length: sorted.length }, (_, n) => (sorted[0] ?? 0) + n * everyMs)
  assert.equal(sorted, wanted, what)
}

test('each tick is one job, at its second, with several schedules, while a master is killed and comes back', async () => {
  const names = ['cron1', 'cron2', 'every1', 'keyed']
  await create('cron1', { cron: '* * * * * *' })
  await create('cron2', { cron: '*/2 * * * * *', timezone: 'Europe/Berlin' })
  await create('every1', { intervalMs: 1_000 })
  await create('keyed', { cron: '* * * * * *' }, {}, { key: 'a-key', priority: 'high' })
  await until('some ticks', () => runsOf('every1').length >= 4)
  masters[1]?.kill('SIGKILL')
  await until('more ticks', () => runsOf('every1').length >= 7)
  const again = await platform.master()
  other = clientOf(again.url)
  await until('more ticks', () => runsOf('every1').length >= 10)
  for (const name of names) assert.is((await act(name, 'pause')).paused, true)
  await delay(2 * SECOND)
  const all: number[] = []
  for (const name of names) {
    const runs = runsOf(name)
    const ticks = ticksOf(runs)
    assert.is(runs.length, new Set(runs.map(({ id }) => id)).size, `${name}: one run a job`)
    assertGapless(ticks, name === 'cron2' ? 2 * SECOND : SECOND, name)
    if (name !== 'every1') for (const tick of ticks) assert.is(tick % SECOND, 0, name)
    const late = runs.map(({ wallStart }, n) => wallStart - (ticks[n] ?? 0))
    assert.ok(Math.min(...late) >= -1, `${name}: ${Math.min(...late)} ms, before its tick`)
    all.push(...late)
    const { recent } = await view(name)
    assert.equal(
      recent.map(({ at }) => Date.parse(at)),
      ticks.toSorted((a, b) => b - a).slice(0, 20),
      name,
    )
  }
  console.log(
    `ticks ${all.length}: lateness p50 ${quantile(all, 0.5)} p90 ${quantile(all, 0.9)} max ${quantile(all, 1)} ms`,
  )
  assert.ok(quantile(all, 0.75) < 300, `${quantile(all, 0.75)} ms late`)
  assert.ok(quantile(all, 1) < 2 * SECOND, `${quantile(all, 1)} ms late`)
})

test('while it is paused nothing runs, and what it leaves out is not made up for', async () => {
  const paused = await view('every1')
  assert.equal([paused.paused, paused.nextAt, paused.next], [true, undefined, []])
  const before = runsOf('every1').length
  const at = Date.now()
  const resumed = await act('every1', 'resume', other)
  assert.ok(Date.parse(resumed.nextAt ?? '') > at)
  await until('it ticks again', () => runsOf('every1').length >= before + 2)
  await act('every1', 'pause')
  await delay(500)
  const ticks = ticksOf(runsOf('every1').slice(before))
  assert.ok(Math.min(...ticks) >= at, 'none of the past')
  assertGapless(ticks, SECOND, 'after the pause')
  const count = runsOf('every1').length
  await delay(2_200)
  assert.is(runsOf('every1').length, count, 'paused again')
})

test('a pause at once, before the tick that was made ahead, holds', async () => {
  // Ticks are made some seconds ahead.
  const soon = new Date(Math.ceil(Date.now() / SECOND) * SECOND + 2 * SECOND)
  await create('hasty', { intervalMs: 60_000, startAt: soon.toISOString() })
  await delay(soon.getTime() - Date.now() - 700)
  await act('hasty', 'pause')
  await delay(2_500)
  assert.equal(runsOf('hasty'), [])
  assert.equal(await platform.sql(`select id from parked where reason = 'schedule'`), [])
})

test('where runs must not overlap, `skip` leaves ticks out and `queue` runs one after the other', async () => {
  await create('skips', { intervalMs: 1_000, overlap: 'skip' }, { ms: 2_300 })
  await create('queues', { intervalMs: 1_000, overlap: 'queue' }, { ms: 1_300 })
  await create('overlaps', { intervalMs: 1_000, overlap: 'allow' }, { ms: 1_300 })
  await until('some runs', () => runsOf('skips').length >= 3, 20_000)
  for (const name of ['skips', 'queues', 'overlaps']) await act(name, 'pause')
  await until('all have ended', () => readLife(file).every(({ end }) => end < Number.POSITIVE_INFINITY))
  assert.is(mostAtOnce(runsOf('skips')), 1)
  assert.is(mostAtOnce(runsOf('queues')), 1)
  assert.ok(mostAtOnce(runsOf('overlaps')) >= 2)
  const { recent } = await view('skips')
  assert.ok(
    recent.some(({ skipped }) => skipped === 'overlap'),
    JSON.stringify(recent),
  )
  assert.is(recent.filter(({ jobId }) => jobId !== undefined).length, runsOf('skips').length)
  // Its time is over when a tick may run again at the next second.
  const ticks = ticksOf(runsOf('skips'))
  for (const [n, tick] of ticks.entries())
    if (n > 0)
      assert.ok(tick - (ticks[n - 1] ?? 0) <= 4 * SECOND, `${tick - (ticks[n - 1] ?? 0)} ms between runs`)
  const queued = (await view('queues')).recent
  await until('all ticks of `queue` have run', () => runsOf('queues').length === queued.length, 20_000)
  const order = ticksOf(runsOf('queues'))
  assert.equal(
    order,
    order.toSorted((a, b) => a - b),
  )
})

test('it can be run now, also while it is paused, and once for each Idempotency-Key', async () => {
  const before = runsOf('every1').length
  const answer = await other.ask('POST', '/schedules/every1/run')
  assert.is(answer.status, 202, answer.text)
  const { id } = answer.body as JobView
  await api.becomes(id, 'succeeded')
  assert.is(runsOf('every1').length, before + 1)
  expectProblem(await api.ask('POST', '/schedules/nobody/run'), 404)
})

test('an ended job says which tick of which schedule it was', async () => {
  const [run] = runsOf('cron1')
  const { schedule } = await api.get(run?.id ?? '')
  assert.equal(schedule, { name: 'cron1', at: new Date(run?.tick ?? 0).toISOString() })
})

test('deleted it is gone: no tick more, and jobs that were made ahead don’t run', async () => {
  await create('gone', { cron: '* * * * * *' })
  await until('it ticks', () => runsOf('gone').length >= 2)
  assert.is((await other.ask('DELETE', '/schedules/gone')).status, 204)
  const at = Date.now()
  await delay(2_500)
  assert.equal(
    runsOf('gone').filter(({ wallStart }) => wallStart > at + 50),
    [],
  )
  expectProblem(await api.ask('GET', '/schedules/gone'), 404)
  expectProblem(await api.ask('DELETE', '/schedules/gone'), 404)
})

test('a change takes the place of what was made ahead', async () => {
  await create('changes', { cron: '* * * * * *' })
  await until('it ticks', () => runsOf('changes').length >= 2)
  const answer = await other.ask('PUT', '/schedules/changes', {
    cron: '* * * * * *',
    job: job('changed'),
  })
  assert.is(answer.status, 200, answer.text)
  const at = Date.now()
  await until('it ticks anew', () => runsOf('changed').length >= 3)
  await act('changes', 'pause')
  await delay(500)
  assert.equal(
    runsOf('changes').filter(({ wallStart }) => wallStart > at + 50),
    [],
    'not by what it was',
  )
  const ticks = ticksOf([...runsOf('changes'), ...runsOf('changed')])
  assertGapless(ticks, SECOND, 'across the change')
})

test('ticks that were missed while no master was there run all, once or not at all, as it says', async () => {
  for (const missed of ['all', 'once', 'skip']) {
    await create(`missed-${missed}`, { cron: '*/10 * * * * *', missed })
    await act(`missed-${missed}`, 'pause')
  }
  await delay(300)
  const running = masters.filter(({ hasEnded }) => !hasEnded)
  // As if both had been away for five minutes.
  await platform.sql(
    `update schedules set paused = false, starts_at = now() - interval '1 hour',
       next_at = date_trunc('minute', now()) - interval '5 min' where name like 'missed-%'`,
  )
  assert.ok(running.length > 0)
  const from = Math.floor(Date.now() / 60_000) * 60_000 - 300_000
  await until('all of them have run', () => runsOf('missed-all').length >= 30, 20_000)
  await delay(1_000)
  const ticks = (missed: string): number[] => ticksOf(runsOf(`missed-${missed}`)).toSorted((a, b) => a - b)
  const [all, once, skip] = [ticks('all'), ticks('once'), ticks('skip')]
  assert.is(all[0], from, 'from the first')
  assertGapless(all, 10 * SECOND, 'all')
  assertGapless(skip, 10 * SECOND, 'skip: those of the last minute run')
  const late = (list: readonly number[]): number =>
    list.filter((tick) => tick < from + 240_000 - 1_000).length
  assert.ok(late(all) >= 24, `${late(all)}`)
  assert.ok(late(once) <= 1, `${once.map((it) => it - from)}`)
  assert.is(late(skip), 0, `${skip.map((it) => it - from)}`)
  assert.is(
    once.length,
    skip.length + 1,
    `once: ${once.map((it) => it - from)}; skip: ${skip.map((it) => it - from)}`,
  )
  for (const missed of ['all', 'once', 'skip']) {
    await act(`missed-${missed}`, 'pause')
    const { recent } = await view(`missed-${missed}`)
    if (missed === 'skip') assert.ok(recent.some(({ skipped }) => skipped === 'missed'))
  }
})

test('in the end nothing is left that waits', async () => {
  await until('no job is parked', async () => (await platform.sql('select from parked')).length === 0)
})

test.run()
