/** The fleet's history over the API: the same from every master, and after a restart. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Decision } from '../../core/events/event.ts'
import { call, expectProblem } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { faultsOf, type Json } from '../support/json-schema.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

interface HistoryView {
  readonly from: string
  readonly to: string
  readonly stepMs: number
  readonly points: readonly {
    readonly at: string
    readonly lag: number
    readonly parkedDue: number
    readonly arrivalRate: number
    readonly drainRate: number
    readonly desired: number
    readonly ready: number
  }[]
  readonly decisions: readonly Decision[]
}

const test = suite('history over the API')
let platform: Platform
let first: RunningProcess
let second: RunningProcess

setUp(test, async () => {
  platform = await startPlatform('history', {
    ...{ PARTITIONS: '2', MIN_REPLICAS: '1', MAX_REPLICAS: '2', LAG_THRESHOLD: '20' },
    ...{ SCALE_INTERVAL_MS: '500', SCALE_DOWN_STABILIZATION_MS: '1000' },
  })
  const [one, two] = await Promise.all([platform.master(), platform.master()])
  first = one
  second = two
  await platform.scaler()
})
test.after(() => platform?.stop())

const historyOf = async (master: RunningProcess, query = ''): Promise<HistoryView> => {
  const { status, body, text } = await call(`${master.url}/api/scaling/history${query}`)
  assert.is(status, 200, text)
  return body as HistoryView
}

const decisionsOf = async (master: RunningProcess): Promise<readonly Decision[]> =>
  ((await call(`${master.url}/api/scaling`)).body as { decisions: Decision[] }).decisions

test('a burst that made the fleet grow and shrink is told by both masters alike, each sample and decision once', async () => {
  const jobs = Array.from({ length: 120 }, () => ({ type: 'sleep', payload: { ms: 400 } }))
  await sendBatch(first.url, [ndjson(jobs)])
  const grown = await until(
    'it grew, and shrank again',
    async () => {
      const history = await historyOf(first)
      const { points, decisions } = history
      const shrank = decisions.some(({ from, to }) => to < from)
      return shrank && points.some(({ ready }) => ready === 2) && points.at(-1)?.ready === 1 && history
    },
    60_000,
  )
  const { points } = grown
  assert.is(grown.stepMs, 5_000)
  assert.ok(Date.parse(grown.to) - Date.parse(grown.from) === 3_600_000)
  const times = points.map(({ at }) => Date.parse(at))
  assert.ok(times.every((at, index) => at % 5_000 === 0 && at > (times[index - 1] ?? 0)))
  assert.ok(
    points.some(({ lag }) => lag > 20),
    'the burst was seen',
  )
  assert.ok(points.some(({ desired, drainRate }) => desired === 2 && drainRate > 0))
  // The same range, of what is past.
  const query = `?from=${grown.from}&to=${points.at(-1)?.at}`
  assert.equal(await historyOf(second, query), await historyOf(first, query))
  const [counted] = await platform.sql<{ samples: number; moments: number }>(
    `select count(*)::int as samples, count(distinct floor(extract(epoch from at) / 5))::int as moments from fleet_samples`,
  )
  assert.is(counted?.samples, counted?.moments)
  const { decisions } = grown
  assert.is(new Set(decisions.map((it) => JSON.stringify(it))).size, decisions.length)
  assert.equal(
    decisions.map(({ at }) => at),
    decisions
      .map(({ at }) => at)
      .sort()
      .reverse(),
  )
  assert.ok(decisions.every(({ reason }) => reason.length > 0))
})

test('a day is thinned to the points that are asked for, and the peak is in it', async () => {
  const { points } = await historyOf(first)
  const peak = Math.max(...points.map(({ lag }) => lag))
  const from = new Date(Date.now() - 86_400_000).toISOString()
  const day = await historyOf(second, `?from=${from}&points=50`)
  assert.ok(day.points.length <= 50 && day.stepMs % 5_000 === 0 && day.stepMs >= 86_400_000 / 50)
  assert.is(Math.max(...day.points.map(({ lag }) => lag)), peak)
  assert.ok(day.points.every(({ at }) => Date.parse(at) % day.stepMs === 0))
})

test('a master that starts after all others have ended tells what was', async () => {
  const before = await historyOf(first)
  const known = await decisionsOf(first)
  for (const one of [first, second]) await one.stop()
  // Nothing is left in the log of events to learn from.
  const admin = platform.kafka.admin()
  await admin.connect()
  const topic = platform.topic('events')
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({
    topic,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  })
  await admin.disconnect()
  first = await platform.master()
  const query = `?from=${before.from}&to=${before.points.at(-1)?.at}`
  const after = await historyOf(first, query)
  assert.equal(after.points, before.points.slice(0, -1))
  const told = before.decisions.filter(({ at }) => at < (before.points.at(-1)?.at ?? ''))
  assert.equal(after.decisions, told)
  const restarted = Date.now()
  const later = await until('it goes on', async () => {
    const { points } = await historyOf(first, `?from=${new Date(restarted).toISOString()}`)
    return points.length > 0 && points
  })
  assert.ok(
    later.every(({ ready, desired }) => ready === 1 && desired === 1),
    'nothing is written before the fleet is known',
  )
  await until('it knows the decisions, too', async () => {
    const all = new Set((await decisionsOf(first)).map(({ at }) => at))
    return known.every(({ at }) => all.has(at))
  })
})

test('the answer is as documented', async () => {
  const document = (await call(`${first.url}/api/openapi.json`)).body as Json
  const { paths } = document as unknown as {
    paths: Record<
      string,
      { get: { responses: { 200: { content: { 'application/json': { schema: Json } } } } } }
    >
  }
  const schema = paths['/api/scaling/history']?.get.responses[200].content['application/json'].schema
  assert.ok(schema)
  const { body } = await call(`${first.url}/api/scaling/history`)
  assert.ok((body as HistoryView).points.length > 0)
  assert.equal(faultsOf(document, schema, body as Json), [])
})

test('a range that is none is refused by name; one of another zone is the same range', async () => {
  for (const [query, name] of [
    ['?from=yesterday', 'from'],
    ['?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['?points=1', 'points'],
    ['?points=2001', 'points'],
  ] as const) {
    const problem = expectProblem(
      await call(`${first.url}/api/scaling/history${query}`),
      422,
      'REQUEST_INVALID',
    )
    assert.equal(
      problem.errors?.map(({ pointer }) => pointer),
      [`/${name}`],
      query,
    )
  }
  const { from, to, points } = await historyOf(
    first,
    `?from=${encodeURIComponent('2026-01-01T02:00:00+02:00')}&to=2026-01-01T01:00:00Z`,
  )
  assert.equal(
    { from, to, points },
    { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z', points: [] },
  )
})

test.run()
