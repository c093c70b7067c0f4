/** A standing series on its page: its window of points, what is drawn of it, pasted points and made-up ones. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WARM_UP } from '../../consumer/handlers/watch/watcher.ts'
import * as core from '../../core/series/watch.ts'
import type { Alarm, JudgedPoint } from '../../web/kit/api/series-types.ts'
import { MAX_APPEND, readPoints, slicesOf } from '../../web/view/series/append-text.ts'
import { columnsOf, rangeAround } from '../../web/view/series/columns.ts'
import { LEARNING_POINTS } from '../../web/view/series/learning.ts'
import { madeUp, shapeOf } from '../../web/view/series/made-up.ts'
import { SERIES_NAME } from '../../web/view/series/name.ts'
import { alarmsAfter, mergeAlarms, mergePoints } from '../../web/view/series/window.ts'

const test = suite('a standing series’ page')

const point = (row: number, value: number | null = row, at?: string): JudgedPoint => ({
  row,
  value,
  score: 0.1,
  expected: null,
  lower: null,
  upper: null,
  ...(at === undefined ? {} : { at }),
})
const points = (from: number, to: number): JudgedPoint[] =>
  Array.from({ length: to - from }, (_, n) => point(from + n))
const rows = (all: readonly JudgedPoint[]): number[] => all.map(({ row }) => row)

test('the window keeps the last points, however many come', () => {
  const { points: kept, missed } = mergePoints(points(0, 5), points(5, 8), 4)
  assert.equal(rows(kept), [4, 5, 6, 7])
  assert.is(missed, false)
  assert.equal(rows(mergePoints([], points(0, 10), 3).points), [7, 8, 9])
  assert.equal(rows(mergePoints(points(0, 2), [], 3).points), [0, 1])
})

test('points that were missed are told, and fill the gap once they are read', () => {
  const broken = mergePoints(points(0, 3), points(6, 8), 10)
  assert.is(broken.missed, true)
  assert.equal(rows(broken.points), [0, 1, 2, 6, 7])
  const whole = mergePoints(broken.points, points(1, 7), 10)
  assert.equal(rows(whole.points), [0, 1, 2, 3, 4, 5, 6, 7])
  assert.is(whole.missed, false)
})

test('what is read and what has come live meanwhile are one, each row once', () => {
  const { points: all } = mergePoints(points(8, 10), points(0, 9), 100)
  assert.equal(rows(all), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

const alarm = (row: number, severity: Alarm['severity'] = 'major'): Alarm => ({
  id: `id-${row}`,
  series: 's',
  row,
  value: row,
  score: 0.6,
  severity,
  expected: null,
  lower: null,
  upper: null,
  explanation: '',
  raisedAt: '2026-11-01T00:00:00Z',
})

test('what the page takes for points and alarms is what the API tells', () => {
  const told: JudgedPoint = core.judgedPoint.parse(point(3, null, '2026-11-01T00:00:00Z'))
  assert.equal(told, point(3, null, '2026-11-01T00:00:00Z'))
  const raised: Alarm = core.alarm.parse({ ...alarm(4), id: '0191e0a0-0000-7000-8000-000000000000' })
  assert.is(raised.row, 4)
  assert.is(core.MAX_APPEND, MAX_APPEND)
  for (const name of ['a', 'checkout-latency', 'a.b_c', '..', '.', '', 'a b', 'x'.repeat(101)])
    assert.is(SERIES_NAME.test(name), core.seriesName.safeParse(name).success, name)
})

test('alarms are the newest first, each once', () => {
  const merged = mergeAlarms([alarm(9), alarm(3)], [alarm(12), alarm(9)])
  assert.equal(
    merged.map(({ row }) => row),
    [12, 9, 3],
  )
})

test('alarms that came in a break are news once they are read, those of before are not', () => {
  assert.equal(
    alarmsAfter([alarm(12), alarm(9), alarm(3)], 9).map(({ row }) => row),
    [12],
  )
  assert.equal(alarmsAfter([alarm(12)], undefined), [])
})

test('columns have the time or the row, and mark the points of alarms', () => {
  const timed = columnsOf(
    [point(7, 1, '1970-01-01T00:00:02.500Z'), point(8, null, '1970-01-01T00:00:03Z')],
    [],
  )
  assert.is(timed.timed, true)
  assert.equal(timed.x, [2_500, 3_000])
  assert.equal(timed.value, [1, null])
  const { timed: no, x, level } = columnsOf(points(5, 9), [alarm(6, 'minor'), alarm(8, 'critical'), alarm(1)])
  assert.is(no, false)
  assert.equal(x, [5, 6, 7, 8])
  assert.equal(level, [null, 1, null, 3])
})

test('a series learns for as long as its watcher does', () => {
  assert.is(LEARNING_POINTS, WARM_UP)
})

test('an alarm is seen with what is around it, where its point is there', () => {
  assert.equal(rangeAround(points(0, 100), 50, 10), [40, 60])
  assert.equal(rangeAround(points(0, 100), 2, 10), [0, 12])
  assert.is(rangeAround(points(50, 100), 2, 10), undefined)
  assert.is(rangeAround(points(0, 1), 0, 10), undefined)
})

test('pasted points are values, or timestamps and values, with or without a header', () => {
  assert.equal(readPoints('1\n\n2.5\r\n-3e2\nNaN\n'), { points: [1, 2.5, -300, null], faults: [] })
  assert.equal(readPoints('value\n4'), { points: [4], faults: [] })
  assert.equal(readPoints('1, 2, ,4'), { points: [1, 2, null, 4], faults: [] })
  assert.equal(readPoints('timestamp,value\n2026-11-01 00:00:00,7\n1700000000000;8\n"x"\t'), {
    points: [
      { timestamp: '2026-11-01 00:00:00', value: 7 },
      { timestamp: 1_700_000_000_000, value: 8 },
      { timestamp: 'x', value: null },
    ],
    faults: [],
  })
})

test('what is wrong in pasted points is told by line', () => {
  assert.equal(readPoints('1\nabc').faults, ['Line 2: “abc” is no number.'])
  assert.equal(readPoints(',5').faults, ['Line 1: it has no timestamp.'])
  assert.equal(readPoints('1\n2026-11-01,5').faults, [
    'Point 2: points must all have timestamps, or none may.',
  ])
  assert.is(readPoints('x\n'.repeat(100)).faults.length, 5)
})

test('many points are several appends, in order', () => {
  assert.equal(slicesOf([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]])
  assert.equal(
    slicesOf(Array.from({ length: 2_000 })).map((it) => it.length),
    [1_000, 1_000],
  )
  assert.equal(slicesOf([]), [])
})

test('made-up points go on from those that are there, and a spike is one', () => {
  const wave = Array.from({ length: 600 }, (_, n) => point(n, 50 + 10 * Math.sin((2 * Math.PI * n) / 60)))
  const shape = shapeOf(wave)
  assert.ok(Math.abs(shape.level - 50) < 0.01 && Math.abs(shape.amplitude - 10) < 0.01)
  const middle = (): number => 0.5
  assert.ok(Math.abs(madeUp(shape, 15, false, middle) - 60) < 0.1)
  assert.ok(madeUp(shape, 15, true, middle) > 100)
  assert.ok(shapeOf([point(0, null)]).amplitude > 0)
  assert.is(shapeOf([point(0, 3), point(1, 3)]).amplitude, 1)
})

test.run()
