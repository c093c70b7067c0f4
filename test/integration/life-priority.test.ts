/** Priorities: high overtakes what waits, low is not starved, and a key keeps its order within each. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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
import { until } from '../until.ts'

const test = suite('the life of a job: priorities')
const file = traceFile('priority')
let platform: Platform
let api: Client

setUp(test, async () => {
  platform = await startPlatform('priority')
  const [one] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  api = clientOf(one.url)
})
test.after(() => platform?.stop())

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const jobs = (priority: string, count: number, ms: number, key?: (n: number) => string): object[] =>
  numbers(count).map((n) => ({
    type: 'test.life',
    priority,
    payload: { file, name: `${n}`, ms },
    ...(key ? { key: key(n) } : {}),
  }))
const runsOf = (ids: readonly string[]): LifeRun[] => {
  const wanted = new Set(ids)
  return readLife(file).filter(({ id }) => wanted.has(id))
}
const allRan = (ids: readonly string[], limitMs = 30_000): Promise<LifeRun[]> =>
  until(
    `${ids.length} jobs have run`,
    () => {
      const runs = runsOf(ids).filter(({ end }) => end < Number.POSITIVE_INFINITY)
      return runs.length === ids.length && runs
    },
    limitMs,
  )
const now = (): number => performance.timeOrigin + performance.now()

test('high ones that come later overtake a backlog of normal and low ones', async () => {
  // 10 at once: some eight seconds' work.
  const normal = await api.postAll(jobs('normal', 1_200, 50))
  const low = await api.postAll(jobs('low', 400, 50))
  await until('they run', () => runsOf(normal).length > 20)
  const waits: number[] = []
  for (const n of numbers(5)) {
    const at = now()
    const runs = await allRan(
      await api.postAll(jobs('high', 6, 1, n % 2 === 0 ? () => `h${n}` : undefined)),
      10_000,
    )
    waits.push(...runs.map(({ start }) => start - at))
  }
  console.log(
    `high: starts p50 ${quantile(waits, 0.5).toFixed()} max ${quantile(waits, 1).toFixed()} ms after they were posted`,
  )
  const backlog = normal.length + low.length - runsOf([...normal, ...low]).length
  assert.ok(backlog > 200, `${backlog} still wait, so there was something to overtake`)
  assert.ok(quantile(waits, 0.75) < 1_500, `${quantile(waits, 0.75)} ms`)
  assert.ok(quantile(waits, 1) < 3_000, `${quantile(waits, 1)} ms`)
  await api.ask('POST', '/jobs/cancel', { type: 'test.life', limit: 10_000 })
  await until('none runs', () => readLife(file).every(({ end }) => end < Number.POSITIVE_INFINITY))
})

test('while all wait each has its share: of 21 starts 16, 4 and 1', async () => {
  const ids = {
    low: await api.postAll(jobs('low', 150, 40)),
    normal: await api.postAll(jobs('normal', 500, 40)),
    high: await api.postAll(jobs('high', 1_100, 40)),
  }
  await until('high ones run', () => runsOf(ids.high).length > 100)
  const since = now()
  await until('most of high has run', () => runsOf(ids.high).length > 900, 30_000)
  const until_ = now()
  const started = (list: readonly string[]): number =>
    runsOf(list).filter(({ start }) => start > since && start < until_).length
  const [high, normal, low] = [started(ids.high), started(ids.normal), started(ids.low)]
  const share = (count: number): number => (21 * count) / (high + normal + low)
  console.log(
    `of 21 starts high ${share(high).toFixed(1)}, normal ${share(normal).toFixed(1)}, low ${share(low).toFixed(1)}`,
  )
  assert.ok(share(high) > 13, `high ${share(high)}`)
  assert.ok(share(normal) > 2 && share(normal) < 6.5, `normal ${share(normal)}`)
  assert.ok(share(low) > 0.5 && share(low) < 2.5, `low ${share(low)}`)
  await api.ask('POST', '/jobs/cancel', { type: 'test.life', limit: 10_000 })
  await until('none runs', () => readLife(file).every(({ end }) => end < Number.POSITIVE_INFINITY))
})

test('a low one is done soon though high ones never end', async () => {
  // Always more than both workers hold, never more than one cancellation takes: a slow machine runs few and posts many.
  const high = new Set<string>()
  const flow = async (): Promise<void> => {
    const ran = readLife(file).filter(({ id }) => high.has(id)).length
    if (high.size - ran > 2_000) await delay(20)
    else for (const id of await api.postAll(jobs('high', 250, 30))) high.add(id)
  }
  await flow()
  const low = await api.postAll(jobs('low', 10, 1))
  const normal = await api.postAll(jobs('normal', 10, 1))
  const done = (): boolean => runsOf([...low, ...normal]).length === 20
  const from = now()
  while (!done() && now() - from < 15_000) await flow()
  assert.ok(done(), `${runsOf(low).length} low and ${runsOf(normal).length} normal ones have run`)
  await api.ask('POST', '/jobs/cancel', { type: 'test.life', limit: 10_000 })
  await until('none runs', () => readLife(file).every(({ end }) => end < Number.POSITIVE_INFINITY))
})

test('a hot key of high jobs leaves the others room', async () => {
  const hot = await api.postAll(jobs('high', 400, 20, () => 'hot'))
  const at = now()
  const runs = await allRan(await api.postAll(jobs('low', 40, 1)), 10_000)
  const wait = Math.max(...runs.map(({ start }) => start)) - at
  assert.ok(wait < 3_000, `${wait} ms`)
  assert.ok(runsOf(hot).length < 400, 'the key still waits')
  await api.ask('POST', '/jobs/cancel', { key: 'hot', limit: 10_000 })
})

test('a key keeps its order within a priority', async () => {
  const ids = await Promise.all(
    ['low', 'normal', 'high'].map((priority) => api.postAll(jobs(priority, 90, 2, (n) => `k${n % 5}`))),
  )
  for (const list of ids) {
    const runs = await allRan(list)
    for (const key of numbers(5).map((n) => `k${n}`)) {
      const names = runs.filter((run) => run.key === key).map(({ name }) => Number(name))
      assert.equal(
        names,
        names.toSorted((a, b) => a - b),
        key,
      )
    }
    assertNoOverlap(runs, 'within a priority')
  }
})

test('a job keeps its priority when it waits for its time', async () => {
  const normal = await api.postAll(jobs('normal', 700, 50))
  const delayed = jobs('high', 10, 1).map((job) => ({ ...job, delayMs: 1_500 }))
  const at = now() + 1_500
  const runs = await allRan(await api.postAll(delayed), 15_000)
  const late = runs.map(({ start }) => start - at)
  console.log(
    `high and delayed, before a backlog: late p50 ${quantile(late, 0.5).toFixed()} max ${quantile(late, 1).toFixed()} ms`,
  )
  assert.ok(runsOf(normal).length < 700, 'there was a backlog')
  assert.ok(quantile(late, 0.9) < 1_500, `${quantile(late, 0.9)} ms late`)
  await api.ask('POST', '/jobs/cancel', { type: 'test.life', limit: 10_000 })
})

test.run()
