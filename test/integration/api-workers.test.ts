/** Workers with what they run, and how busy each type is, as every master tells it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, getJob } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

interface Worker {
  readonly id: string
  readonly nodeType: string
  readonly pid: number
  readonly startedAt: string
  readonly claimed: number
  readonly running: number
  readonly concurrency?: number
  readonly leaving: boolean
  readonly jobs: readonly {
    readonly id: string
    readonly type: string
    readonly key?: string
    readonly attempt: number
    readonly startedAt: string
  }[]
}

interface Activity {
  readonly running: number
  readonly startRate: number
  readonly endRate: number
  readonly failRate: number
}

const test = suite('workers and what they do')
let platform: Platform
let masters: RunningProcess[]
let worker: RunningProcess

setUp(test, async () => {
  platform = await startPlatform('workers', { PARTITIONS: '2' })
  const [one, two, three] = await Promise.all([
    platform.master({ NODE_ID: 'first' }),
    platform.master({ NODE_ID: 'second' }),
    platform.worker({ NODE_ID: 'the-worker', MAX_PARALLEL_JOBS: '2' }),
  ])
  masters = [one, two]
  worker = three
})
test.after(() => platform?.stop())

const submit = async (json: unknown): Promise<string> =>
  expectJob(await call(`${masters[0]?.url}/api/jobs`, { json }), 202).id

const workersOf = async (master: RunningProcess): Promise<readonly Worker[]> => {
  const { status, body } = await call(`${master.url}/api/workers`)
  assert.is(status, 200)
  return (body as { workers: Worker[] }).workers
}

const activityOf = async (master: RunningProcess, type: string): Promise<Activity> => {
  const { types } = (await call(`${master.url}/api/types`)).body as {
    types: { type: string; activity: Activity }[]
  }
  const found = types.find((it) => it.type === type)?.activity
  assert.ok(found, type)
  return found
}

test('each master tells which jobs a worker runs, since when, and that they are of their type', async () => {
  const before = Date.now()
  const first = await submit({ type: 'sleep', payload: { ms: 3_000 }, key: 'a-key' })
  await until('it runs', async () => (await getJob(masters[0]?.url ?? '', first)).status === 'running')
  const second = await submit({ type: 'sleep', payload: { ms: 3_000 } })
  for (const master of masters) {
    const busy = await until('both are told of', async () => {
      const workers = await workersOf(master)
      const it = workers.find(({ id }) => id === 'the-worker')
      return it?.jobs.length === 2 && it.running === 2 && workers.length === 3 && it
    })
    assert.equal(
      { nodeType: busy.nodeType, pid: busy.pid, concurrency: busy.concurrency, leaving: busy.leaving },
      { nodeType: 'child', pid: worker.pid, concurrency: 2, leaving: false },
    )
    const [one, two] = busy.jobs
    assert.is(busy.claimed, 2)
    assert.equal(
      { ...one, startedAt: '' },
      { id: first, type: 'sleep', key: 'a-key', attempt: 1, startedAt: '' },
    )
    assert.equal({ ...two, startedAt: '' }, { id: second, type: 'sleep', attempt: 1, startedAt: '' })
    for (const at of [one?.startedAt, two?.startedAt, busy.startedAt].map((it) => Date.parse(it ?? '')))
      assert.ok(at <= Date.now() + 1_000, `${at}`)
    assert.ok(Date.parse(one?.startedAt ?? '') >= before - 1_000)
    assert.is((await activityOf(master, 'sleep')).running, 2)
  }
  const control = (await workersOf(masters[0] as RunningProcess)).filter(
    ({ nodeType }) => nodeType === 'master',
  )
  assert.is(control.length, 2, 'a node a master')
  await until('none runs', async () =>
    (await workersOf(masters[1] as RunningProcess)).every(({ jobs }) => jobs.length === 0),
  )
})

test('each master tells how many of a type start, end and fail a second', async () => {
  const jobs = [
    ...Array.from({ length: 40 }, () => ({ type: 'test.work', payload: {} })),
    ...Array.from({ length: 10 }, () => ({
      type: 'test.work',
      payload: { failures: 9, retryable: false },
    })),
  ]
  await sendBatch(masters[0]?.url ?? '', [ndjson(jobs)])
  for (const master of masters) {
    const rates = await until('all are counted', async () => {
      const { startRate, endRate, failRate } = await activityOf(master, 'test.work')
      return endRate >= 5 && { startRate, endRate, failRate }
    })
    assert.equal(rates, { startRate: 5, endRate: 5, failRate: 1 })
  }
  assert.equal(await activityOf(masters[0] as RunningProcess, 'noop'), {
    ...{ running: 0, startRate: 0, endRate: 0, failRate: 0 },
  })
  await until('it is quiet again', async () => {
    const { startRate } = await activityOf(masters[1] as RunningProcess, 'test.work')
    return startRate === 0
  })
})

// The last: the worker is gone afterwards.
test('a worker that leaves is told of as one, and then it is not there', async () => {
  const id = await submit({ type: 'sleep', payload: { ms: 2_500 } })
  const [master] = masters as [RunningProcess]
  const mine = async (): Promise<Worker | undefined> =>
    (await workersOf(master)).find((it) => it.id === 'the-worker')
  await until('it runs', async () => (await mine())?.jobs.some((it) => it.id === id))
  worker.kill('SIGTERM')
  await until('it is leaving', async () => (await mine())?.leaving)
  await until('it is gone', async () => (await mine()) === undefined)
  assert.is((await worker.ended).code, 0)
})

test.run()
