import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { mostAtOnce, readRuns } from '../support/trace.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
const folder = mkdtempSync(join(tmpdir(), 'worker-end-'))

const test = suite('the end of a worker')

setUp(test, async () => {
  platform = await startPlatform('end', { PARTITIONS: '4' })
  master = await platform.master()
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

interface Row {
  readonly id: string
  readonly status: string
  readonly worker: string
}

const outcomes = (ids: readonly string[]): Promise<Row[]> =>
  platform.sql<Row>('select id::text, status, worker from outcomes where id = any($1::uuid[])', [ids])

const submit = async (work: readonly object[]): Promise<string[]> => {
  const { answers } = await sendBatch(master.url, [ndjson(work)])
  assert.ok(answers.every(({ status }) => status === 'queued'))
  return answers.map(({ id }) => id ?? '')
}

const workers = async (): Promise<string[]> => {
  const { workers: all } = (await call(`${master.url}/api/scaling`)).body as {
    workers: { id: string; nodeType: string }[]
  }
  return all.filter(({ nodeType }) => nodeType === 'child').map(({ id }) => id)
}

test('SIGTERM lets what runs end and be recorded, once; the rest runs elsewhere, once', async () => {
  const file = join(folder, 'term')
  const leaving = await platform.worker({ NODE_ID: 'leaving' })
  const ids = await submit(
    Array.from({ length: 30 }, (_, n) => ({ type: 'test.work', payload: { file, name: `${n}`, ms: 700 } })),
  )
  await until('five run', () => readRuns(file).length >= 5)
  const signalled = performance.now()
  leaving.kill('SIGTERM')
  assert.equal(await leaving.ended, { code: 0, signal: null })
  const took = performance.now() - signalled
  const there = readRuns(file)
  assert.ok(
    there.every(({ end }) => Number.isFinite(end)),
    'what ran has ended before the process',
  )
  const recorded = await outcomes(ids)
  assert.equal(
    recorded.map(({ id }) => id).sort(),
    there.map(({ id }) => id).sort(),
    'what ran is recorded before the process has ended',
  )
  assert.ok(recorded.every(({ status, worker }) => status === 'succeeded' && worker === 'leaving'))
  assert.ok(took < 4_000, `left after ${took} ms`)

  const next = await platform.worker({ NODE_ID: 'next', MAX_PARALLEL_JOBS: '25' })
  await until('all have ended', async () => (await outcomes(ids)).length === ids.length)
  assert.equal(
    readRuns(file)
      .map(({ id }) => id)
      .sort(),
    [...ids].sort(),
    'each ran once',
  )
  assert.equal(await next.stop(), { code: 0, signal: null })
})

test('a job longer than the drain is not lost, and its abort is no attempt', async () => {
  const file = join(folder, 'long')
  const leaving = await platform.worker({ DRAIN_TIMEOUT_MS: '300' })
  const ids = await submit([{ type: 'test.work', payload: { file, ms: 1_500 }, maxAttempts: 1 }])
  await until('it runs', () => readRuns(file).length === 1)
  assert.equal(await leaving.stop(), { code: 0, signal: null })
  assert.equal(await outcomes(ids), [])
  const next = await platform.worker({ NODE_ID: 'patient' })
  await until('it has ended', async () => (await outcomes(ids)).length === 1)
  assert.equal(await outcomes(ids), [{ id: ids[0], status: 'succeeded', worker: 'patient' }])
  assert.is(readRuns(file).length, 2)
  await next.stop()
})

test('kill -9: every job ends, recorded once; what was recorded does not run again; keys keep their order', async () => {
  const file = join(folder, 'kill')
  const [victim] = await Promise.all([
    platform.worker({ NODE_ID: 'victim' }),
    platform.worker({ NODE_ID: 'survivor' }),
  ])
  const work = Array.from({ length: 200 }, (_, n) => ({
    type: 'test.work',
    ...(n % 2 ? { key: `k${n % 10}` } : {}),
    payload: { file, name: `${n}`, ms: 40 },
  }))
  const ids = await submit(work)
  await until('both work', () => new Set(readRuns(file).map(({ pid }) => pid)).size === 2)
  await until('some are recorded', async () => {
    const by = (await outcomes(ids)).map(({ worker }) => worker)
    return by.includes('victim') && by.length > 30
  })
  victim.kill('SIGKILL')
  await victim.ended
  const died = Number(process.hrtime.bigint()) / 1e6
  const recorded = new Set((await outcomes(ids)).map(({ id }) => id))

  await until('the dead is missing from the fleet', async () => (await workers()).join() === 'survivor')
  await until('all have ended', async () => (await outcomes(ids)).length === ids.length, 30_000)
  const rows = await outcomes(ids)
  assert.ok(rows.every(({ status }) => status === 'succeeded'))

  const runs = readRuns(file)
  assert.is(new Set(runs.map(({ id }) => id)).size, ids.length)
  const later = runs.filter(({ pid }) => pid !== victim.pid).filter(({ start }) => start > died)
  assert.equal(
    later.filter(({ id }) => recorded.has(id)).map(({ name }) => name),
    [],
    'nothing recorded ran again',
  )
  const again = runs.length - ids.length
  assert.ok(again <= 10, `${again} ran again: at most those that ran, and those not recorded yet`)
  // A run that the death cut off has ended with it.
  const real = runs.map((run) => (run.pid === victim.pid ? { ...run, end: Math.min(run.end, died) } : run))
  for (const key of new Set(work.map((it) => it.key).filter((it) => it !== undefined))) {
    const own = real.filter((run) => run.key === key)
    assert.is(mostAtOnce(own), 1, `${key} never twice at once`)
    const order = own.map(({ name }) => Number(name))
    assert.ok(
      order.every((name, index) => name >= (order[index - 1] ?? -1)),
      `${key} in order: ${order}`,
    )
  }
})

test.run()
