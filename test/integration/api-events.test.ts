import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem, getJob, type JobView, runJob } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type EventReader, openEvents, readToEnd, type ServerEvent } from '../support/sse.ts'
import { until } from '../until.ts'

let platform: Platform
let first: RunningProcess
let second: RunningProcess

const test = suite('server-sent events')

setUp(test, async () => {
  platform = await startPlatform('events', { PARTITIONS: '1' })
  const [one, two] = await Promise.all([
    platform.master(),
    platform.master(),
    platform.worker({ MAX_PARALLEL_JOBS: '2' }),
  ])
  first = one
  second = two
})
test.after(() => platform?.stop())

const submit = async (json: unknown): Promise<string> =>
  expectJob(await call(`${first.url}/api/jobs`, { json }), 202).id

const statusesOf = (events: readonly ServerEvent[]): string[] =>
  events.map(({ data }) => (data as JobView).status).filter((status, index, all) => status !== all[index - 1])

const nextOf = async (reader: EventReader): Promise<ServerEvent> => {
  const event = await reader.next()
  if (!event) throw new Error('the stream ended')
  return event
}

for (const [which, master] of [
  ['that accepted it', () => first],
  ['that did not', () => second],
] as const) {
  test(`a job’s stream on the master ${which} goes from waiting or running to its end, and ends`, async () => {
    const id = await submit({ type: 'sleep', payload: { ms: 700 } })
    const reader = await openEvents(`${master().url}/api/jobs/${id}/events`)
    assert.is(reader.status, 200)
    assert.match(reader.contentType, /^text\/event-stream\b/)
    const events = await readToEnd(reader)
    assert.ok(events.every(({ event }) => event === 'job'))
    assert.ok(events.every(({ data }) => (data as JobView).id === id))
    const statuses = statusesOf(events).join()
    assert.ok(/^(queued,)?(running,)?succeeded$/.test(statuses), statuses)
    assert.equal(events.at(-1)?.data, await getJob(first.url, id))
  })
}

test('no stream misses that its job runs, however many there are', async () => {
  for (let n = 0; n < 4; n++) {
    // Long enough for thirty streams to be opened on a busy machine.
    const id = await submit({ type: 'sleep', payload: { ms: 1_500 } })
    const streams = Array.from({ length: 30 }, async (_, index) => {
      const { url } = index % 2 ? first : second
      return statusesOf(await readToEnd(await openEvents(`${url}/api/jobs/${id}/events`))).join()
    })
    const wrong = (await Promise.all(streams)).filter((it) => !/^(queued,)?running,succeeded$/.test(it))
    assert.equal(wrong, [])
  }
})

test('a change is told within a second of its happening', async () => {
  const id = await submit({ type: 'sleep', payload: { ms: 1_000 } })
  const reader = await openEvents(`${first.url}/api/jobs/${id}/events`)
  const events: ServerEvent[] = []
  let at = 0
  for (let event = await reader.next(); event; event = await reader.next()) {
    events.push(event)
    at = Date.now()
  }
  const late = at - Date.parse((events.at(-1)?.data as JobView).finishedAt ?? '')
  assert.ok(late >= 0 && late < 1_000, `${late} ms late`)
})

test('a waiting job’s stream tells that it waits, then that it runs', async () => {
  const before = await Promise.all([1, 2].map(() => submit({ type: 'sleep', payload: { ms: 800 } })))
  assert.is(before.length, 2)
  await until('both run', async () => {
    const jobs = await Promise.all(before.map((id) => getJob(first.url, id)))
    return jobs.every(({ status }) => status === 'running')
  })
  const id = await submit({ type: 'sleep', payload: { ms: 300 } })
  const events = await readToEnd(await openEvents(`${first.url}/api/jobs/${id}/events`))
  assert.equal(statusesOf(events), ['queued', 'running', 'succeeded'])
  assert.type((events[0]?.data as JobView).position, 'number')
})

test('the stream of a job that fails and is dead ends with each attempt in it', async () => {
  const id = await submit({ type: 'test.work', payload: { failures: 9, ms: 100 }, maxAttempts: 3 })
  const events = await readToEnd(await openEvents(`${first.url}/api/jobs/${id}/events`))
  const last = events.at(-1)?.data as JobView
  assert.is(last.status, 'dead')
  assert.is(last.attempts.length, 3)
  assert.ok(statusesOf(events).every((status) => ['queued', 'running', 'failed', 'dead'].includes(status)))
})

test('the stream of a job that has ended is its end alone', async () => {
  const job = await runJob(first.url, { type: 'noop' })
  const events = await readToEnd(await openEvents(`${second.url}/api/jobs/${job.id}/events`))
  assert.equal(events, [{ event: 'job', data: job }])
})

test('the stream of a job with a result of megabytes ends with all of it', async () => {
  const series = Array.from({ length: 60_000 }, (_, row) => row % 7)
  const id = await submit({ type: 'detect', payload: { series, detector: 'mad' } })
  const last = (await readToEnd(await openEvents(`${first.url}/api/jobs/${id}/events`, {}, 30_000))).at(-1)
  assert.equal(last?.data, await getJob(first.url, id))
  assert.ok(JSON.stringify(last?.data).length > 1_000_000)
})

test('a stream of a job that never was is a 404', async () => {
  for (const id of [randomUUID(), 'nonsense']) {
    expectProblem(await call(`${first.url}/api/jobs/${id}/events`), 404, 'NOT_FOUND')
  }
})

test('the fleet’s stream tells of scaling at once and each second, and of what started and ended', async () => {
  const reader = await openEvents(`${second.url}/api/events`)
  assert.match(reader.contentType, /^text\/event-stream\b/)
  const opened = performance.now()
  const head = await reader.next()
  assert.is(head?.event, 'scaling')
  assert.ok(performance.now() - opened < 1_000)
  const now = (await call(`${second.url}/api/scaling`)).body as object
  assert.equal(Object.keys(head?.data as object).sort(), Object.keys(now).sort())

  const count = 150
  await sendBatch(first.url, [ndjson(Array.from({ length: count }, () => ({ type: 'noop' })))])
  const seen = { scaling: 0, started: 0, ended: 0 }
  while (seen.ended < count) {
    const { event, data } = await nextOf(reader)
    if (event === 'scaling') seen.scaling++
    if (event !== 'jobs') continue
    const { counts, ended } = data as { counts: { started: number; ended: number }; ended: JobView[] }
    seen.started += counts.started
    seen.ended += counts.ended
    assert.ok(ended.length <= 100)
    assert.ok(ended.every(({ type, status }) => type === 'noop' && status === 'succeeded'))
  }
  assert.equal({ started: seen.started, ended: seen.ended }, { started: count, ended: count })
  const since = performance.now()
  for (let more = 0; more < 2; ) if ((await reader.next())?.event === 'scaling') more++
  const took = performance.now() - since
  assert.ok(took > 500 && took < 3_500, `two in ${took} ms`)
  reader.close()
})

test('a hundred readers come and go, and what they followed still runs', async () => {
  const id = await submit({ type: 'sleep', payload: { ms: 1_500 } })
  const readers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      openEvents(`${first.url}/api/${n % 2 ? 'events' : `jobs/${id}/events`}`),
    ),
  )
  await Promise.all(readers.map((reader) => reader.next()))
  for (const reader of readers.slice(0, 98)) reader.close()
  const [, last] = readers.slice(-2)
  const own = readers.at(-2)
  assert.ok(own)
  assert.is(statusesOf(await readToEnd(own)).at(-1), 'succeeded')
  last?.close()
  assert.is((await call(`${first.url}/health`)).status, 200)
  assert.not.match(first.output(), /"level":"(error|fatal)"/)
})

test.run()
