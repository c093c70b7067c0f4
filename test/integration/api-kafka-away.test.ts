import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectProblem, getJob, runJob } from '../support/api.ts'
import { whileAway } from '../support/away.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { until } from '../until.ts'

const test = suite('Kafka is away')
const { parts, submit, accepted, refusals, inLog, idsInLog } = whileAway(test, 'away')

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

test('within 3 s of Kafka’s going it is not ready and refuses for certain and at once, and is ready again soon after', async () => {
  const { proxy, master } = parts()
  const ready = async (): Promise<Answer> => call(`${master.url}/ready`)
  await proxy.set('refuse')
  const inFlight = submit({ type: 'noop' })
  const took: number[] = []
  try {
    const answer = await until(
      'it is not ready',
      async () => (await ready()).status === 503 && ready(),
      3_000,
    )
    assert.match(answer.text, 'kafka')
    for (let n = 0; n < 10; n++) {
      const asked = performance.now()
      expectProblem(await submit({ type: 'noop' }), 503, 'KAFKA_UNAVAILABLE')
      took.push(performance.now() - asked)
    }
  } finally {
    await proxy.set('pass')
  }
  assert.ok(Math.max(...took) < 300, `${took} ms`)
  const { status } = await inFlight
  assert.ok(status === 202 || status === 503)
  await until('it is ready again', async () => (await ready()).status === 200)
  await accepted({ type: 'noop' })
})

test('it is not ready soon after Kafka’s going though nobody submits', async () => {
  const { proxy, master } = parts()
  await proxy.set('refuse')
  await until('it is not ready', async () => (await call(`${master.url}/ready`)).status === 503, 8_000)
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
