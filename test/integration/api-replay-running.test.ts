/** Retries, dead letters, replays and cancellations as a client meets them, with workers. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem, getJob, type JobView, runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('dead letters and parked jobs beside workers')

setUp(test, async () => {
  platform = await startPlatform('replay')
  const [one] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  master = one
})
test.after(() => platform?.stop())

const submit = async (json: unknown): Promise<string> =>
  expectJob(await call(`${master.url}/api/jobs`, { json }), 202).id
const becomes = (id: string, status: JobView['status']): Promise<JobView> =>
  until(`it is ${status}`, async () => {
    const job = await getJob(master.url, id)
    return job.status === status && job
  })
const letters = async (query: string): Promise<{ id: string; replayable: boolean }[]> => {
  const { body } = await call(`${master.url}/api/dead-letters?${query}`)
  return (body as { deadLetters: { id: string; replayable: boolean }[] }).deadLetters
}
/** Fails that often before it succeeds, without waiting. */
const failing = (failures: number, more: object = {}) => ({
  type: 'test.work',
  payload: { failures },
  maxAttempts: 2,
  backoffMs: 0,
  ...more,
})

test('a dead job is a letter; put back it has all of its attempts again, and its history', async () => {
  const { id, status } = await runJob(master.url, failing(3))
  assert.is(status, 'dead')
  assert.equal(
    (await letters('type=test.work')).map((it) => [it.id, it.replayable]),
    [[id, true]],
  )
  expectJob(await call(`${master.url}/api/jobs/${id}/replay`, { method: 'POST' }), 202)
  const job = await becomes(id, 'succeeded')
  assert.equal(
    job.attempts.map(({ attempt, error }) => [attempt, error?.code]),
    [
      [1, 'AS_TOLD'],
      [2, 'AS_TOLD'],
      [3, 'AS_TOLD'],
      [4, undefined],
    ],
  )
  assert.equal(await letters(''), [])
  assert.equal(await platform.sql('select id from parked'), [])
})

test('one that dies again is a letter again, and many are put back at once', async () => {
  const ids = (await Promise.all(Array.from({ length: 5 }, () => runJob(master.url, failing(4))))).map(
    ({ id }) => id,
  )
  const replay = async (): Promise<unknown> =>
    (await call(`${master.url}/api/dead-letters/replay`, { json: { type: 'test.work', code: 'AS_TOLD' } }))
      .body
  const all = { replayed: 5, skipped: 0, more: false }
  assert.equal(await replay(), all)
  for (const id of ids) assert.is((await becomes(id, 'dead')).attempts.length, 4)
  assert.is((await letters('code=AS_TOLD')).length, 5)
  assert.equal(await replay(), all)
  for (const id of ids) assert.is((await becomes(id, 'succeeded')).attempts.length, 5)
  assert.equal(await letters(''), [])
})

test('a record that is no job is a letter that can’t be put back', async () => {
  const producer = platform.kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({
    topic: platform.topic('jobs'),
    messages: [{ partition: 0, key: 'a\0', value: 'no job' }],
  })
  await producer.disconnect()
  const [letter] = await until('it is there', async () => {
    const found = await letters('code=RECORD_INVALID')
    return found.length > 0 && found
  })
  assert.is(letter?.replayable, false)
  const { body } = await call(`${master.url}/api/dead-letters/${letter?.id}`)
  assert.is((body as { valueBase64: string }).valueBase64, Buffer.from('no job').toString('base64'))
  expectProblem(
    await call(`${master.url}/api/jobs/${letter?.id}/replay`, { method: 'POST' }),
    409,
    'NOT_REPLAYABLE',
  )
})

test('a job that waits for its next attempt says so; cancelled it lets those behind it of its key go', async () => {
  // Whatever the jitter makes of it, all that wait longer than two seconds are parked.
  const long = { backoffMs: 86_400_000, maxBackoffMs: 86_400_000 }
  const first = await submit(failing(9, { key: 'k', ...long }))
  const behind = await submit({ type: 'test.echo', payload: 1, key: 'k' })
  // Its end is news at once, and its row is there a moment later.
  const waits = await until('it failed and is parked', async () => {
    const job = (await getJob(master.url, first)) as JobView & { waitsFor?: string; runAt?: string }
    return job.status === 'failed' && job.waitsFor !== undefined && job
  })
  assert.equal([waits.waitsFor, waits.attempts.length, waits.error?.code], ['retry', 1, 'AS_TOLD'])
  assert.ok(Date.parse(waits.runAt ?? '') > Date.now())
  await until('the other is behind it', async () => {
    const job = (await getJob(master.url, behind)) as JobView & { waitsFor?: string }
    return job.status === 'queued' && job.waitsFor === 'order'
  })
  const gone = expectJob(await call(`${master.url}/api/jobs/${first}`, { method: 'DELETE' }), 200)
  assert.equal([gone.status, gone.attempts.length], ['cancelled', 1])
  await becomes(behind, 'succeeded')
  assert.is((await getJob(master.url, first)).status, 'cancelled')
})

test.run()
