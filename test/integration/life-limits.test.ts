/** Limits over the whole fleet: kept, well used, and no burden to others. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assertNoOverlap,
  type Client,
  clientOf,
  type LifeRun,
  mostAtOnce,
  readLife,
  traceFile,
} from '../support/life.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: limits')
const file = traceFile('limits')
let platform: Platform
let api: Client
let workers: RunningProcess[]

setUp(test, async () => {
  platform = await startPlatform('limits')
  const [one, ...rest] = await Promise.all([
    platform.master(),
    platform.worker(),
    platform.worker(),
    platform.worker(),
  ])
  api = clientOf(one.url)
  workers = rest
})
test.after(() => platform?.stop())
// What a test before has left where it failed.
test.before.each(() => platform.sql('delete from limits').then(() => undefined))

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const life = (payload: object = {}, more: object = {}): object => ({
  type: 'test.life',
  payload: { file, ...payload },
  ...more,
})
const work = (payload: object = {}, more: object = {}): object => ({
  type: 'test.work',
  payload: { file, ...payload },
  ...more,
})
const runsOf = (ids: readonly string[]): LifeRun[] => {
  const wanted = new Set(ids)
  return readLife(file).filter(({ id }) => wanted.has(id))
}
const allRan = (ids: readonly string[], limitMs = 20_000): Promise<LifeRun[]> =>
  until(
    `${ids.length} jobs have run`,
    () => {
      const runs = runsOf(ids).filter(({ end }) => end < Number.POSITIVE_INFINITY)
      return runs.length >= ids.length && runs
    },
    limitMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${runsOf(ids).length} have`)
  })
const change = async (method: string, path: string, json?: object): Promise<void> => {
  const { status, text } = await api.ask(method, path, json)
  assert.ok(status === 200 || status === 204, text)
  // It holds within a second.
  await delay(1_000)
}
const spanMs = (runs: readonly LifeRun[]): number =>
  Math.max(...runs.map(({ end }) => end)) - Math.min(...runs.map(({ start }) => start))
const scaling = async () =>
  (await api.ask('GET', '/scaling')).body as { lag: number; kafkaLag: number; parked: { total: number } }

test('concurrency of a type over several workers is never exceeded, and well used', async () => {
  await change('PUT', '/limits/types/test.life', { concurrency: 4 })
  const jobs = numbers(160).map((n) => life({ ms: 100 }, n % 4 === 0 ? { key: `c${n % 20}` } : {}))
  const runs = await allRan(await api.postAll(jobs))
  assert.ok(mostAtOnce(runs) <= 4, `${mostAtOnce(runs)} at once`)
  assert.ok(new Set(runs.map(({ pid }) => pid)).size > 1, 'by more than one worker')
  const best = (160 / 4) * 100
  console.log(`concurrency 4: ${spanMs(runs).toFixed()} ms where ${best} are the best`)
  assert.ok(spanMs(runs) < best * 2, `${spanMs(runs)} ms where ${best} are the best`)
  await until('nothing is held', async () => {
    const { body } = await api.ask('GET', '/limits')
    const [limit] = (body as { limits: { held: number; running: number }[] }).limits
    return limit?.held === 0 && limit.running === 0
  })
})

test('short jobs use it well, too', async () => {
  await change('PUT', '/limits/types/test.life', { concurrency: 4 })
  const runs = await allRan(await api.postAll(numbers(400).map(() => life({ ms: 10 }))), 15_000)
  assert.ok(mostAtOnce(runs) <= 4, `${mostAtOnce(runs)} at once`)
  console.log(`400 jobs of 10 ms, 4 at once: ${spanMs(runs).toFixed()} ms where 1000 are the best`)
  assert.ok(spanMs(runs) < 8_000, `${spanMs(runs)} ms`)
})

test('a worker that is killed gives its permits back; the limit holds meanwhile', async () => {
  await change('PUT', '/limits/types/test.life', { concurrency: 2 })
  const ids = await api.postAll(numbers(40).map(() => life({ ms: 200 })))
  const victim = await until('one of them runs both', () => {
    const run = runsOf(ids).at(-1)
    return workers.find(({ pid }) => pid === run?.pid)
  })
  victim.kill('SIGKILL')
  await platform.worker()
  const done = (): LifeRun[] => runsOf(ids).filter(({ end }) => end < Number.POSITIVE_INFINITY)
  await until('all have run', () => new Set(done().map(({ id }) => id)).size === 40, 45_000)
  // What was killed runs no more.
  const killedAt = Math.max(
    ...readLife(file)
      .filter(({ pid }) => pid === victim.pid)
      .map(({ start }) => start),
  )
  assert.ok(mostAtOnce(done()) <= 2, `${mostAtOnce(done())} at once, after ${killedAt}`)
  await change('DELETE', '/limits/types/test.life')
})

test('a rate is kept over the fleet, and used', async () => {
  await change('PUT', '/limits/types/test.life', { rate: 20 })
  const runs = await allRan(await api.postAll(numbers(120).map(() => life())), 20_000)
  const starts = runs.map(({ start }) => start).sort((a, b) => a - b)
  for (const [n, start] of starts.entries()) {
    const within = starts.filter((it) => it >= start && it < start + 1_000).length
    // A quarter of a second may be made up for, and starts are not exact.
    assert.ok(within <= 27, `${within} in a second, from ${n} on`)
  }
  console.log(`rate 20: 120 jobs in ${spanMs(runs).toFixed()} ms where 5950 are right`)
  assert.ok(spanMs(runs) > 5_500, `${spanMs(runs)} ms`)
  assert.ok(spanMs(runs) < 9_000, `${spanMs(runs)} ms`)
  await change('DELETE', '/limits/types/test.life')
})

test('paused: none starts, others go on, nothing of it is lag, it says so; resumed it starts soon, each key in its order', async () => {
  await change('POST', '/types/test.life/pause')
  const at = Date.now()
  const held = await api.postAll(numbers(300).map((n) => life({ name: `${n}` }, { key: `p${n % 6}` })))
  const free = await api.postAll(numbers(300).map(() => life()))
  const others = await api.postAll(numbers(100).map((n) => work({}, { key: `o${n % 6}` })))
  await allRan(others, 10_000)
  console.log(`behind 600 paused ones 100 others took ${Date.now() - at} ms`)
  await until('nothing is lag', async () => {
    const { lag, kafkaLag, parked } = await scaling()
    return lag === 0 && kafkaLag === 0 && parked.total === 600
  })
  assert.equal(runsOf([...held, ...free]), [])
  for (const id of [held[0], free[0], free[299]]) {
    const { status, waitsFor } = await api.get(id ?? '')
    assert.equal([status, waitsFor], ['queued', 'type:test.life'])
  }
  assert.is((await api.get(held[299] ?? '')).waitsFor, 'order')
  const resumedAt = performance.timeOrigin + performance.now()
  await api.ask('POST', '/types/test.life/resume')
  const runs = await allRan([...held, ...free], 20_000)
  const first = Math.min(...runs.map(({ start }) => start)) - resumedAt
  console.log(
    `resumed: the first after ${first.toFixed()} ms, 600 after ${(Math.max(...runs.map(({ start }) => start)) - resumedAt).toFixed()} ms`,
  )
  assert.ok(first < 2_000, `the first starts after ${first} ms`)
  const last = Math.max(...runs.map(({ start }) => start)) - resumedAt
  assert.ok(last < 8_000, `the last starts after ${last} ms`)
  for (const key of numbers(6).map((n) => `p${n}`)) {
    const names = runs.filter((run) => run.key === key).map(({ name }) => Number(name))
    assert.equal(
      names,
      names.toSorted((a, b) => a - b),
      key,
    )
  }
})

test('paused, jobs wait through a restart of every worker', async () => {
  await change('POST', '/types/test.life/pause')
  const ids = await api.postAll(numbers(100).map((n) => life({ name: `${n}` }, { key: `r${n % 3}` })))
  await until('all are held', async () => (await scaling()).parked.total === 100)
  const old = workers.filter(({ hasEnded }) => !hasEnded)
  const fresh = await Promise.all([platform.worker(), platform.worker()])
  await Promise.all(old.map((worker) => worker.stop()))
  workers = fresh
  const other = await api.postAll(numbers(20).map(() => work()))
  await allRan(other)
  assert.equal(runsOf(ids), [])
  await change('POST', '/types/test.life/resume')
  const runs = await allRan(ids)
  for (const key of ['r0', 'r1', 'r2']) {
    const names = runs.filter((run) => run.key === key).map(({ name }) => Number(name))
    assert.equal(
      names,
      names.toSorted((a, b) => a - b),
      key,
    )
  }
})

test('a limit of a prefix of keys is for all of these keys together, and for no other', async () => {
  await change('PUT', `/limits/keys/${encodeURIComponent('eu/')}`, { concurrency: 1 })
  const mine = await api.postAll(numbers(30).map((n) => life({ ms: 30 }, { key: `eu/${n % 10}` })))
  const others = await api.postAll(numbers(30).map((n) => life({ ms: 30 }, { key: `us/${n % 10}` })))
  const [limited, free] = [await allRan(mine), await allRan(others)]
  assert.is(mostAtOnce(limited), 1)
  assert.ok(mostAtOnce(free) > 1)
  await change('DELETE', `/limits/keys/${encodeURIComponent('eu/')}`)
})

test('a job under two limits keeps both', async () => {
  await change('PUT', '/limits/types/test.life', { concurrency: 3 })
  await change('PUT', '/limits/keys/a', { concurrency: 2 })
  const runs = await allRan(
    await api.postAll(
      numbers(60).map((n) => life({ ms: 40 }, { key: `${n % 2 === 0 ? 'a' : 'b'}${n % 12}` })),
    ),
  )
  assert.ok(mostAtOnce(runs) <= 3)
  assert.ok(mostAtOnce(runs.filter(({ key }) => key?.startsWith('a'))) <= 2)
  await change('DELETE', '/limits/types/test.life')
  await change('DELETE', '/limits/keys/a')
})

test('two thousand held jobs of one type don’t slow another; the limit taken away, all of them run', async () => {
  const load = async (): Promise<number> => {
    const ids = await api.postAll(numbers(600).map((n) => work({}, n % 3 === 0 ? { key: `l${n % 30}` } : {})))
    return spanMs(await allRan(ids))
  }
  // The machine may have other things to do: the best of some.
  const best = async (): Promise<number> => Math.min(await load(), await load(), await load())
  await load()
  const alone = await best()
  await change('PUT', '/limits/types/test.life', { concurrency: 1 })
  const held = await api.postAll(
    numbers(2_000).map((n) => life({ ms: 50 }, n % 2 === 0 ? {} : { key: `h${n % 100}` })),
  )
  await until('the log is through', async () => (await scaling()).kafkaLag === 0, 20_000)
  const beside = await best()
  console.log(`600 jobs alone ${alone.toFixed()} ms, beside 2000 that are held ${beside.toFixed()} ms`)
  assert.ok(beside < Math.max(3 * alone, 3_000), `${beside} ms beside, ${alone} ms alone`)
  const { body } = await api.ask('POST', '/jobs/cancel', { ids: held.slice(0, 1_000) })
  const { cancelled, tooLate } = body as { cancelled: number; tooLate: number }
  assert.is(cancelled + tooLate, 1_000, JSON.stringify(body))
  await api.ask('DELETE', '/limits/types/test.life')
  const rest = held.slice(1_000)
  const runs = await until(
    'the rest has run',
    () => {
      const done = runsOf(rest)
      return done.length === rest.length && done
    },
    45_000,
  )
  console.log(
    `1000 that were held, 50 ms each, 10 slots: ${(Math.max(...runs.map(({ start }) => start)) - Math.min(...runs.map(({ start }) => start))).toFixed()} ms`,
  )
  assert.is(runs.length, 1_000)
})

test('in the end nothing is left that waits, no permit is taken, and no two of a key have run at once', async () => {
  await until('no job is parked', async () => (await platform.sql('select from parked')).length === 0)
  await until('no permit is left', async () => (await platform.sql('select from permits')).length === 0)
  assertNoOverlap(
    readLife(file).filter(({ end }) => end < Number.POSITIVE_INFINITY),
    'limits',
  )
})

test.run()
