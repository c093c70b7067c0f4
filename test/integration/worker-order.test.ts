import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, runJob } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { mostAtOnce, type Run, readRuns } from '../support/trace.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
const folder = mkdtempSync(join(tmpdir(), 'worker-order-'))

const test = suite('a worker’s order and overlap')

setUp(test, async () => {
  platform = await startPlatform('order', { PARTITIONS: '1' })
  const [one] = await Promise.all([platform.master(), platform.worker()])
  master = one
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

interface Work {
  readonly key?: string
  readonly payload?: object
  readonly maxAttempts?: number
}

/** Submits these, in this order, waits for the end of all, and gives their runs. */
const runAll = async (work: readonly Work[]): Promise<{ ids: string[]; runs: Run[] }> => {
  const file = join(folder, Math.random().toString(36).slice(2))
  const lines = work.map(({ payload, ...rest }) => ({
    type: 'test.work',
    ...rest,
    payload: { file, ...payload },
  }))
  const { answers } = await sendBatch(master.url, [ndjson(lines)])
  const ids = answers.map(({ id }) => id ?? '')
  await until('all have ended', async () => {
    const [row] = await platform.sql<{ ended: number }>(
      'select count(*)::int as ended from outcomes where id = any($1::uuid[])',
      [ids],
    )
    return row?.ended === ids.length
  })
  return { ids, runs: readRuns(file) }
}

test('keyless jobs of one partition overlap, five at once and never six', async () => {
  await runAll([{}])
  const { ids, runs } = await runAll(Array.from({ length: 20 }, () => ({ payload: { ms: 100 } })))
  assert.is(runs.length, 20)
  assert.is(new Set(runs.map(({ id }) => id)).size, ids.length)
  assert.is(mostAtOnce(runs), 5)
  const took = Math.max(...runs.map(({ end }) => end)) - (runs[0]?.start ?? 0)
  assert.ok(took < 1_200, `${took} ms for 20 of 100 ms`)
})

test('jobs of one key run in log order and never two at once; other keys overlap with them', async () => {
  const work = Array.from({ length: 60 }, (_, n) => ({
    ...(n % 4 === 3 ? {} : { key: `k${n % 4}` }),
    payload: { name: String(n), ms: 10 + ((n * 7) % 23) },
  }))
  const { ids, runs } = await runAll(work)
  assert.is(runs.length, work.length)
  for (const key of ['k0', 'k1', 'k2']) {
    const own = runs.filter((run) => run.key === key)
    assert.is(own.length, 15)
    assert.is(mostAtOnce(own), 1, key)
    assert.equal(
      own.map(({ id }) => id),
      ids.filter((_, n) => work[n]?.key === key),
      key,
    )
  }
  assert.ok(mostAtOnce(runs) > 3, `${mostAtOnce(runs)} at once`)
})

test('a key’s next job waits until the one before has ended for good, all of its attempts', async () => {
  const work = [
    { key: 'stubborn', payload: { name: 'a', ms: 20, failures: 2 } },
    { key: 'stubborn', payload: { name: 'b', ms: 20 } },
    { key: 'stubborn', payload: { name: 'c', ms: 20, failures: 9 }, maxAttempts: 2 },
    { key: 'stubborn', payload: { name: 'd', ms: 20 } },
  ]
  const { runs } = await runAll(work)
  assert.is(mostAtOnce(runs), 1)
  assert.equal(
    runs.map(({ name, attempt }) => `${name}${attempt}`),
    ['a1', 'a2', 'a3', 'b1', 'c1', 'c2', 'd1'],
  )
})

test('a key with a long job and a crowd behind it (less than its quarter of the window) does not hold up the others', async () => {
  const crowd = Array.from({ length: 45 }, (_, n) => ({
    key: 'crowd',
    payload: { name: 'crowd', ms: n === 0 ? 1_500 : 0 },
  }))
  const others = Array.from({ length: 50 }, (_, n) => ({
    ...(n % 2 ? { key: `other-${n}` } : {}),
    payload: { name: 'other', ms: 5 },
  }))
  const { runs } = await runAll([...crowd, ...others])
  assert.is(runs.length, 95)
  const long = runs.find(({ name }) => name === 'crowd')
  const last = Math.max(...runs.filter(({ name }) => name === 'other').map(({ end }) => end))
  assert.ok(long && last < long.end, `the others ended ${last - (long?.end ?? 0)} ms after the long one`)
  assert.is(mostAtOnce(runs.filter(({ name }) => name === 'crowd')), 1)
})

test('results that are no JSON, and throws that are no errors, make a job dead and hold nobody up', async () => {
  for (const [how, status, message] of [
    ['bigint', 'dead', 'BigInt'],
    ['cyclic', 'dead', 'circular'],
    ['text', 'dead', 'thrown as text'],
    ['object', 'dead', 'as an object'],
    ['void', 'dead', 'undefined'],
    ['nothing', 'succeeded', undefined],
  ] as const) {
    const job = await runJob(master.url, { type: 'test.odd', payload: how, maxAttempts: 1, key: 'odd' })
    assert.is(job.status, status, how)
    assert.is(job.result, undefined, how)
    if (message) assert.match(job.error?.message ?? '', message)
  }
})

test('an error’s message may be as long as it likes', async () => {
  const payload = { failures: 9, message: 'x'.repeat(200_000) }
  const job = await runJob(master.url, { type: 'test.work', payload, maxAttempts: 2 })
  assert.is(job.status, 'dead')
  assert.match(job.error?.message ?? '', /^x{1000}/)
})

test('what has run is committed: in the end nothing lags', async () => {
  await until('lag is 0', async () => {
    const { lag } = (await call(`${master.url}/api/scaling`)).body as { lag: number }
    return lag === 0
  })
})

test.run()
