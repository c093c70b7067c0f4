/** Who follows a series learns each alarm once and in order, on any master, and after a break, too. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AlarmView, inMemory, type SeriesClient, seriesClient, wave } from '../support/feed.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type EventReader, openEvents, type ServerEvent } from '../support/sse.ts'

let platform: Platform
let masters: readonly [RunningProcess, RunningProcess]
let series: SeriesClient
const test = suite('events of a standing series')

setUp(test, async () => {
  platform = await startPlatform('watchevents')
  const [one, two] = await Promise.all([platform.master(), platform.master(), platform.worker()])
  masters = [one, two]
  series = seriesClient(one.url)
})
test.after(() => platform?.stop())

const follow = (master: RunningProcess, name: string, lastEventId?: string): Promise<EventReader> =>
  openEvents(
    `${master.url}/api/series/${name}/events`,
    lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    120_000,
  )

/** Reads on until so many alarms have come. */
const alarmsOf = async (reader: EventReader, count: number): Promise<ServerEvent[]> => {
  const alarms: ServerEvent[] = []
  while (alarms.length < count) {
    const event = await reader.next()
    assert.ok(event, 'the stream goes on')
    if (event.event === 'alarm') alarms.push(event)
  }
  return alarms
}

const rowOf = ({ data }: ServerEvent): number => (data as AlarmView).row

test('alarms come as they are raised, and those of a break come first and in order where Last-Event-ID tells of it', async () => {
  const points = wave(7, 700, [300, 420, 520, 640])
  await series.create('followed')
  const { alarms: rows } = inMemory(points)
  const between = (from: number, end: number): number[] => rows.filter((row) => row >= from && row < end)
  assert.ok(between(250, 350).length > 0 && between(350, 600).length > 1 && between(600, 700).length > 0)
  const feed = async (from: number, end: number): Promise<void> => {
    for (let at = from; at < end; at += 50) await series.append('followed', points.slice(at, at + 50))
    await series.reaches('followed', end)
  }
  await feed(0, 250)
  const [one, two] = masters
  const first = await follow(two, 'followed')
  assert.is(first.status, 200)
  await feed(250, 350)
  const seen = await alarmsOf(first, between(250, 350).length)
  first.close()
  assert.equal(seen.map(rowOf), between(250, 350))
  assert.equal(
    seen.map(({ data }) => data),
    await series.alarms('followed'),
  )

  // Two events while nobody listens, and one after.
  await feed(350, 600)
  const again = await follow(one, 'followed', seen.at(-1)?.id)
  assert.equal((await alarmsOf(again, between(350, 600).length)).map(rowOf), between(350, 600))
  await feed(600, 700)
  const late = await alarmsOf(again, between(600, 700).length)
  assert.equal(late.map(rowOf), between(600, 700))
  again.close()

  // Of whoever has seen all of them none comes again.
  const nothing = await follow(two, 'followed', late.at(-1)?.id)
  await series.append('followed', [{ timestamp: '2026-02-01T00:00:00Z', value: 50 }])
  const events: ServerEvent[] = []
  for (let row = 0; row < 700; ) {
    const event = await nothing.next()
    assert.ok(event)
    events.push(event)
    if (event.event === 'points') row = (event.data as { points: { row: number }[] }).points.at(-1)?.row ?? 0
  }
  nothing.close()
  assert.equal(
    events.filter(({ event }) => event === 'alarm'),
    [],
  )
})

test('points are told with their scores; the stream ends with the series', async () => {
  await series.append('short', [1])
  await series.reaches('short', 1)
  const reader = await follow(masters[1], 'short')
  await series.append('short', [2, null])
  const event = await reader.next()
  assert.is(event?.event, 'points')
  assert.equal(event?.data, { points: await series.points('short', 2) })
  assert.is((await series.ask('DELETE', '/short')).status, 204)
  assert.is(await reader.next(), undefined)
})

test('a series that was made anew under its name is another: its alarms are told from the first', async () => {
  const points = wave(8, 300, [270])
  await series.create('anew')
  await series.append('anew', points)
  await series.reaches('anew', 300)
  const before = await follow(masters[0], 'anew', 'zzz.299')
  const [alarm] = await alarmsOf(before, 1)
  assert.is(alarm && rowOf(alarm), 270)
  before.close()
})

test.run()
