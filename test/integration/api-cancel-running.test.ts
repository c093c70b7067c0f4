/** Cancellations that meet workers. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem, getJob, runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('cancelling jobs beside workers')

setUp(test, async () => {
  platform = await startPlatform('running')
  master = await platform.master()
})
test.after(() => platform?.stop())

const submit = async (json: unknown): Promise<string> =>
  expectJob(await call(`${master.url}/api/jobs`, { json }), 202).id
const remove = (id: string) => call(`${master.url}/api/jobs/${id}`, { method: 'DELETE' })

test('a job that is cancelled in the log never runs, and what is behind it of its key does', async () => {
  const id = await submit({ type: 'test.echo', payload: 1, key: 'k' })
  expectJob(await remove(id), 200)
  await platform.worker()
  assert.is((await runJob(master.url, { type: 'test.echo', payload: 2, key: 'k' })).status, 'succeeded')
  const job = await getJob(master.url, id)
  assert.equal([job.status, job.attempts, job.result], ['cancelled', [], undefined])
})

test('a running job is cancelled: it stays so, without a result', async () => {
  const id = await submit({ type: 'sleep', payload: { ms: 3_000 } })
  await until('it runs', async () => (await getJob(master.url, id)).status === 'running')
  const job = expectJob(await remove(id), 200)
  assert.is(job.status, 'cancelled')
  assert.equal(
    job.attempts.map(({ attempt, error }) => [attempt, error?.code]),
    [[1, 'CANCELLED']],
  )
  assert.ok(job.startedAt && job.worker && job.finishedAt)
  const runs = async (): Promise<boolean> => {
    const { body } = await call(`${master.url}/api/scaling`)
    return (body as { workers: { running: number }[] }).workers.some(({ running }) => running > 0)
  }
  await until('the worker is done with it', async () => !(await runs()))
  const after = await getJob(master.url, id)
  assert.equal([after.status, after.result], ['cancelled', undefined])
})

test('a cancellation by filter takes running jobs, too', async () => {
  const ids = [
    await submit({ type: 'sleep', payload: { ms: 2_000 }, key: 'f' }),
    await submit({ type: 'sleep', payload: { ms: 2_000 }, key: 'f' }),
  ]
  await until('the first runs', async () => (await getJob(master.url, ids[0] ?? '')).status === 'running')
  const json = { key: 'f', status: ['running'] }
  const { body } = await call(`${master.url}/api/jobs/cancel`, { json })
  assert.equal((body as { ids: string[] }).ids, ids.slice(0, 1))
  await until('the second ends', async () => (await getJob(master.url, ids[1] ?? '')).status === 'succeeded')
  expectProblem(await remove(ids[1] ?? ''), 409, 'JOB_ENDED')
})

test.run()
