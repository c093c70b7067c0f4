import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_DETECTOR } from '../../consumer/detection/catalogue.ts'
import { DEFAULT_THRESHOLD } from '../../consumer/detection/score.ts'
import { streaming } from '../../consumer/detection/streaming/index.ts'
import { inOrder } from '../../consumer/handlers/watch/in-order.ts'
import { decodeState, encodeState } from '../../consumer/handlers/watch/state.ts'
import { WARM_UP, Watcher } from '../../consumer/handlers/watch/watcher.ts'
import { CSV, NDJSON, pointsOfText } from '../../core/series/points-text.ts'
import { columnsOf, DEFAULT_WATCH, pointList } from '../../core/series/watch.ts'
import { inMemory, THRESHOLD, wave } from '../support/feed.ts'

const test = suite('parts of a standing series')

const [forecast] = streaming
const watcherOf = (saved?: ConstructorParameters<typeof Watcher>[2]): Watcher => {
  assert.ok(forecast)
  return new Watcher(forecast, THRESHOLD, saved)
}

test('the defaults that the API tells are those of the detectors', () => {
  assert.equal(DEFAULT_WATCH, { detector: DEFAULT_DETECTOR, threshold: DEFAULT_THRESHOLD })
  assert.is(forecast?.name, DEFAULT_DETECTOR)
})

test('of points with times those are taken that come after the one before', () => {
  const timesMs = [5, 9, 10, 10, 12, 11, 12, 13]
  const values = timesMs.map((_, index) => index)
  // The series was at 9: 5 is late, 9 a duplicate; then 10, its duplicate, 12, 11 late, 12 a duplicate, 13.
  assert.equal(inOrder({ values, timesMs }, 9), {
    values: [2, 4, 7],
    timesMs: [10, 12, 13],
    skipped: { late: 2, duplicate: 3 },
  })
  assert.equal(inOrder({ values, timesMs: undefined }, undefined).values, values)
})

test('a watcher that was saved and read again at any point judges as one without a break', async () => {
  const points = wave(11, 400, [250])
  const whole = inMemory(points)
  for (const at of [1, WARM_UP, 252, 399]) {
    let watcher = watcherOf()
    const scores: number[] = []
    for (const [row, { timestamp, value }] of points.entries()) {
      if (row === at) {
        const saved = watcher.save()
        assert.ok(saved)
        const read = await decodeState(await encodeState(saved))
        assert.ok(read)
        watcher = watcherOf(read)
      }
      scores.push(watcher.judge(value ?? Number.NaN, Date.parse(timestamp)).score)
    }
    assert.equal(scores, whole.scores, `broken at ${at}`)
  }
})

test('a state of another form, a damaged one and one of nothing are not read', async () => {
  const saved = watcherOf().save()
  assert.ok(saved)
  const bytes = await encodeState(saved)
  assert.ok(await decodeState(bytes))
  assert.is(await decodeState(Buffer.concat([Buffer.of(2), bytes.subarray(1)])), undefined)
  assert.is(await decodeState(bytes.subarray(0, bytes.length >> 1)), undefined)
  assert.is(await decodeState(Buffer.alloc(0)), undefined)
  const other = await encodeState({ ...saved, detection: { detector: 'other' } })
  const read = await decodeState(other)
  assert.throws(() => watcherOf(read), /state/)
})

test('no alarm is raised while the detector does not know the series, however odd it is', () => {
  const watcher = watcherOf()
  const verdicts = Array.from({ length: WARM_UP }, (_, row) => watcher.judge(row % 50 === 49 ? 1e6 : row % 7))
  assert.is(
    verdicts.some(({ alarm }) => alarm),
    false,
  )
})

test('a missing value is no evidence, and the next is judged as ever', () => {
  const points = wave(12, 300)
  const gaps = points.map((point, row) => (row % 10 === 9 ? { ...point, value: null } : point))
  const { scores, alarms } = inMemory(gaps)
  assert.equal(
    scores.filter((_, row) => row % 10 === 9),
    Array.from({ length: 30 }, () => 0),
  )
  assert.equal(alarms, [])
})

test('a text is read line by line, whatever its ends', () => {
  assert.equal(pointsOfText('1\r\nnull\n\n{"timestamp":1,"value":2}', NDJSON), [
    1,
    null,
    { timestamp: 1, value: 2 },
  ])
  assert.equal(pointsOfText('"timestamp","value"\n2026-01-01 00:00:00,1e3\n"5",NaN', CSV), [
    { timestamp: '2026-01-01 00:00:00', value: 1000 },
    { timestamp: 5, value: null },
  ])
  assert.equal(pointsOfText('1\n-2.5\n', CSV), [1, -2.5])
  assert.throws(() => pointsOfText('1\n2,3,4', CSV), /line 2: .*3 columns/)
  assert.throws(() => pointsOfText('1\nabc', CSV), /line 2: abc is no number/)
})

test('points are checked one by one, and their faults counted', () => {
  const faults = (points: unknown): string[] =>
    pointList.safeParse(points).error?.issues.map(({ path }) => path.join('.')) ?? []
  assert.equal(faults([1, null, -0.5]), [])
  assert.equal(faults([{ timestamp: 0, value: null }]), [])
  assert.equal(faults('1'), [''])
  assert.equal(faults([1, Number.NaN, [2], { timestamp: 1, value: 1 }]), ['1', '2', '3'])
  assert.equal(faults([{ timestamp: 1 }, 3]), ['0.value', '1'])
  assert.is(faults(Array.from({ length: 100 }, () => 'x')).length, 10)
  assert.equal(columnsOf([{ timestamp: '1970-01-01T00:00:01Z', value: null }]), {
    values: [Number.NaN],
    timesMs: [1_000],
  })
})

test.run()
