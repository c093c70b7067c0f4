import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, getJob, type JobView, runJob } from '../support/api.ts'
import { PUBLISH_TIMEOUT_MS, whileAway } from '../support/away.ts'
import { until } from '../until.ts'

const test = suite('Kafka is silent')
const { parts, submit, accepted, expectAway, refusals, inLog, idsInLog } = whileAway(test, 'silent')

test('an answer of Kafka that is lost is a 503, and a repeat with its Idempotency-Key is the same one job', async () => {
  const { platform, proxy, master } = parts()
  const json = { type: 'test.echo', payload: 'lost' }
  const headers = { 'idempotency-key': 'lost' }
  await proxy.set('deafen')
  const started = performance.now()
  const problem = expectAway(await submit(json, headers))
  const took = performance.now() - started
  assert.is(problem.code, 'PUBLISH_UNKNOWN')
  assert.ok(took < PUBLISH_TIMEOUT_MS + 1_000, `${took} ms`)
  const unavailable = await refusals(1)
  const before = await idsInLog()
  await proxy.set('pass')
  proxy.cut()
  const { id } = await accepted(json, headers)
  const job = await until('it has ended', async () => {
    const found = await getJob(master.url, id)
    return found.status === 'succeeded' && found
  })
  assert.equal(job.result, 'lost')
  assert.ok(before.includes(id), 'the first one had arrived')
  assert.equal(await inLog(unavailable), [])
  const { jobs } = (await call(`${master.url}/api/jobs?type=test.echo&limit=500`)).body as {
    jobs: JobView[]
  }
  const outcomes = await platform.sql('select id from outcomes where id = $1', [id])
  assert.is(outcomes.length, 1)
  assert.is(jobs.filter((it) => it.id === id).length, 1)
})

test('a network that swallows everything is a 503 in time, and over when it is over', async () => {
  const { proxy } = parts()
  await proxy.set('swallow')
  const unavailable = await refusals(2)
  await proxy.set('pass')
  await accepted({ type: 'noop' })
  assert.equal(await inLog(unavailable), [])
})

test('connections that have died without a word are replaced', async () => {
  const { proxy, master } = parts()
  proxy.strand()
  await accepted({ type: 'noop' })
  await until('it is ready', async () => (await call(`${master.url}/ready`)).status === 200)
  assert.is((await runJob(master.url, { type: 'test.echo', payload: 'again' })).result, 'again')
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
