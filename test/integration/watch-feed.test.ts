/** A standing series that is fed point by point: one alarm an event, in order, posted until the receiver takes it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inMemory, type SeriesClient, seriesClient, wave } from '../support/feed.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { isSigned, openReceiver, type Receiver } from '../support/receiver.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let series: SeriesClient
const receivers: Receiver[] = []
const test = suite('a standing series, fed point by point')

setUp(test, async () => {
  platform = await startPlatform('feed')
  const [one] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  master = one
  series = seriesClient(master.url)
})
test.after(async () => {
  await platform?.stop()
  await Promise.all(receivers.map((it) => it.close()))
})

const receiver = async (...replies: Parameters<typeof openReceiver>): Promise<Receiver> => {
  const opened = await openReceiver(...replies)
  receivers.push(opened)
  return opened
}

test('one event raises one alarm, which is posted until the receiver takes it: signed, and under one id', async () => {
  const hook = await receiver([503, 'cut'])
  const secret = await series.create('one-event', { url: hook.url })
  const points = wave(1, 320, [280])
  for (const point of points) await series.append('one-event', [point])
  await series.reaches('one-event', 320)
  const expected = inMemory(points)
  assert.equal(expected.alarms, [280])

  const judged = await series.points('one-event', 1_000)
  assert.equal(
    judged.map(({ row, at, value }) => ({ row, timestamp: at, value })),
    points.map((point, row) => ({ row, ...point })),
  )
  assert.equal(
    judged.map(({ score }) => score),
    expected.scores,
  )
  const [alarm, ...others] = await series.alarms('one-event')
  assert.ok(alarm)
  assert.equal(others, [])
  assert.equal([alarm.row, alarm.at, alarm.value], [280, points[280]?.timestamp, points[280]?.value])

  const { received } = hook
  await until('it is delivered', () => received.length === 3, 60_000)
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])), new Set([alarm.id]))
  assert.equal(new Set(received.map(({ body }) => body)).size, 1)
  assert.ok(received.every((it) => isSigned(it, secret)))
  assert.equal(JSON.parse(received[0]?.body ?? ''), {
    type: 'alarm.raised',
    timestamp: alarm.raisedAt,
    data: alarm,
  })
  const jobs = await until('its job has ended', async () => {
    const rows = await platform.sql<{ status: string; attempts: number }>(
      `select status, json_array_length(attempts) as attempts from outcomes where type = 'webhook'`,
    )
    return rows.length > 0 && rows
  })
  assert.equal(jobs, [{ status: 'succeeded', attempts: 3 }])
})

test('two events raise two alarms, which are posted in order though the first is refused at first', async () => {
  const hook = await receiver([{ status: 429, headers: { 'retry-after': '3' } }])
  const secret = await series.create('two-events', { url: hook.url })
  const points = wave(2, 400, [270, 350])
  for (let from = 0; from < points.length; from += 10)
    await series.append('two-events', points.slice(from, from + 10))
  await series.reaches('two-events', 400)
  assert.equal(inMemory(points).alarms, [270, 350])
  const alarms = await series.alarms('two-events')
  assert.equal(
    alarms.map(({ row }) => row),
    [270, 350],
  )
  const { received } = hook
  await until('both are delivered', () => received.length === 3, 60_000)
  const [first, second] = alarms.map(({ id }) => id)
  assert.equal(
    received.map(({ headers }) => headers['webhook-id']),
    [first, first, second],
  )
  assert.ok(received.every((it) => isSigned(it, secret)))
  const [refused, again] = received.map(({ at }) => at)
  assert.ok((again ?? 0) - (refused ?? 0) >= 2_900, 'it waited as long as it was asked to')
})

test.run()
