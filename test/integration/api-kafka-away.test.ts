import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectProblem, getJob, runJob } from '../support/api.ts'
import { whileAway } from '../support/away.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { until } from '../until.ts'

const test = suite('Kafka is away')
const { parts, submit, accepted, expectAway, refusals, inLog, idsInLog } = whileAway(test, 'away')

test('the test’s own means: all that the master says to Kafka goes through the proxy', async () => {
  const { proxy, master } = parts()
  assert.ok(proxy.connections > 2, `${proxy.connections} connections`)
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
})

test('connections that break are made again without anybody noticing', async () => {
  const { proxy } = parts()
  proxy.cut()
  const jobs = await Promise.all(Array.from({ length: 20 }, (_, n) => accepted({ type: 'noop', payload: n })))
  const ids = await idsInLog()
  assert.equal(
    jobs.filter(({ id }) => !ids.includes(id)),
    [],
  )
})

test('while Kafka refuses, submissions are 503 with Retry-After, in time, and never a 202', async () => {
  const { proxy, master } = parts()
  await proxy.set('refuse')
  const unavailable = await refusals(2)
  const batch = await sendBatch(master.url, [ndjson([{ type: 'noop' }, { type: 'no' }, { type: 'noop' }])])
  assert.equal(
    batch.answers.map(({ status }) => status),
    [503, 422, 503],
  )
  expectProblem(await submit({ type: 'no.such.type' }), 422)
  await proxy.set('pass')
  const { id } = await accepted({ type: 'noop' })
  assert.ok((await idsInLog()).includes(id))
  assert.equal(await inLog(unavailable), [])
})

test('meanwhile the master lives and answers what it can', async () => {
  const { proxy, master } = parts()
  const job = await runJob(master.url, { type: 'test.echo', payload: 'before' })
  await proxy.set('refuse')
  assert.is((await call(`${master.url}/health`)).status, 200)
  assert.equal(await getJob(master.url, job.id), job)
  for (const path of ['/api/jobs', '/api/types', '/api/scaling', '/metrics']) {
    assert.is((await call(`${master.url}${path}`)).status, 200, path)
  }
})

test('it is not ready within 15 s of Kafka’s going, and ready again soon after its return', async () => {
  const { proxy, master } = parts()
  await proxy.set('refuse')
  const notReady = until(
    'it is not ready',
    async () => {
      expectAway(await submit({ type: 'noop' }))
      const answer = await call(`${master.url}/ready`)
      return answer.status === 503 && answer.text.includes('kafka')
    },
    15_000,
  )
  await notReady.finally(() => proxy.set('pass'))
  await until('it is ready again', async () => (await call(`${master.url}/ready`)).status === 200)
  await accepted({ type: 'noop' })
})

test('everything that was ever accepted has run, and the master is the same as before', async () => {
  const { platform, master } = parts()
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
  const ids = new Set(await idsInLog())
  await until('every job in the log has its outcome', async () => {
    const rows = await platform.sql<{ id: string }>('select id from outcomes')
    return [...ids].every((id) => rows.some((row) => row.id === id))
  })
  assert.is(master.hasEnded, false)
})

test.run()
