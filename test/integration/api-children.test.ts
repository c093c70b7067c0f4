/** Control jobs that fan out: their children keep their ids, wait with them, and go with them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, getJob, runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
const test = suite('children of control jobs')

setUp(test, async () => {
  platform = await startPlatform('children')
  ;[master] = await Promise.all([platform.master(), platform.worker()])
})
test.after(() => platform?.stop())

interface FanResult {
  readonly ids: readonly string[]
  readonly again: readonly string[]
  readonly ends: Readonly<Record<string, unknown>>
}

const echoes = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ type: 'test.echo', payload: { n } }))

const reserved = (parent: string): Promise<{ id: string; published: boolean }[]> =>
  platform.sql(
    `select job_id as id, published from reservations where tenant = 'job ' || $1 order by key::int`,
    [parent],
  )

test('children run once each, spread over the partitions; submitted again they are the jobs that they were', async () => {
  const { id, result } = await runJob(
    master.url,
    {
      type: 'test.fan',
      payload: { children: echoes(1_200), twice: true },
    },
    60,
  )
  const { ids, again, ends } = result as FanResult
  assert.is(new Set(ids).size, 1_200)
  assert.equal(again, ids)
  const statuses = Object.values(ends).map((it) => (it as { status: string }).status)
  assert.equal([statuses.length, new Set(statuses)], [1_200, new Set(['succeeded'])])
  assert.equal(
    (await reserved(id)).map((it) => it.id),
    ids,
  )
  const rows = await platform.sql<{ partition: number; jobs: number; attempts: number }>(
    `select partition, count(*)::int as jobs, sum(json_array_length(attempts))::int as attempts
       from outcomes where type = 'test.echo' group by partition`,
  )
  assert.is(
    rows.reduce((sum, { attempts }) => sum + attempts, 0),
    1_200,
  )
  // A quarter of them each, but for what waits where: 4 partitions.
  assert.is(rows.length, 4)
  for (const { jobs } of rows) assert.ok(jobs > 150 && jobs < 500, `${jobs} of 1,200 in one of 4 partitions`)
})

test('a child that dies is told as it ended', async () => {
  const children = [{ type: 'test.strict', payload: 'wrong', maxAttempts: 1 }]
  const refused = await runJob(master.url, { type: 'test.fan', payload: { children }, maxAttempts: 1 })
  assert.is(refused.status, 'dead')
  assert.is(refused.error?.code, 'REQUEST_INVALID', 'a child is checked as a submission is')
  const fails = [{ type: 'sleep', payload: { ms: 0, failures: 9 }, maxAttempts: 1 }]
  const { result } = await runJob(master.url, { type: 'test.fan', payload: { children: fails } })
  const [end] = Object.values((result as FanResult).ends) as { status: string; code: string }[]
  assert.is(end?.status, 'dead')
  assert.type(end?.code, 'string')
})

test('children go with the job that is cancelled, those that are asked for too late, too', async () => {
  const sleepers = Array.from({ length: 30 }, () => ({ type: 'sleep', payload: { ms: 60_000 } }))
  const answer = await call(`${master.url}/api/jobs`, {
    json: { type: 'test.fan', payload: { children: sleepers } },
  })
  const { id } = expectJob(answer, 202)
  await until(
    'they are submitted',
    async () => (await reserved(id)).every((it) => it.published) && (await reserved(id)).length === 30,
  )
  assert.is((await call(`${master.url}/api/jobs/${id}`, { method: 'DELETE' })).status, 200)
  for (const child of await reserved(id)) assert.is((await getJob(master.url, child.id)).status, 'cancelled')
  assert.is((await getJob(master.url, id)).status, 'cancelled')
})

test('only control jobs have children', async () => {
  const job = await runJob(master.url, { type: 'test.fan-here', maxAttempts: 1 })
  assert.is(job.error?.code, 'HANDLER_INVALID')
})

test('a child that dies with its node is found by the next attempt: none is submitted anew', async () => {
  const children = Array.from({ length: 20 }, () => ({ type: 'sleep', payload: { ms: 400 } }))
  const answer = await call(`${master.url}/api/jobs`, { json: { type: 'test.fan', payload: { children } } })
  const { id } = expectJob(answer, 202)
  await until('they are submitted', async () => (await reserved(id)).length === 20)
  const before = await reserved(id)
  const { result } = await runJob(master.url, { type: 'test.control' })
  process.kill((result as { pid: number }).pid, 'SIGKILL')
  await until('it has ended', async () => (await getJob(master.url, id)).status === 'succeeded', 60_000)
  const { ids } = (await getJob(master.url, id)).result as FanResult
  assert.equal(
    ids,
    before.map((it) => it.id),
  )
  const rows = await platform.sql(`select 1 from outcomes where id = any($1::uuid[])`, [ids])
  assert.is(rows.length, 20)
})

test.run()
