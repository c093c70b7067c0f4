/** Flagged ranges on the screen and beside each other. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { columnsOf, eachRun, type Range, rangeAt, shared, spansOf } from '../../web/view/analyse/ranges.ts'

const test = suite('flagged ranges')

const range = (start: number, end: number, severity: Range['severity'] = 'minor'): Range => ({
  start,
  end,
  peak: start,
  score: 0.5,
  severity,
})
const xs = Float64Array.from({ length: 1_000 }, (_, row) => row * 10)

test('a range of one point is seen, however much else there is', () => {
  const columns = columnsOf(spansOf([range(500, 500)], xs), { min: 0, max: 9_990 }, 100)
  assert.is(
    columns.reduce((sum, it) => sum + it, 0),
    1,
  )
  assert.is(columns[50], 1)
})

test('where ranges share a column the most severe is seen', () => {
  const all = [range(10, 11), range(12, 12, 'critical'), range(13, 13, 'major')]
  const columns = columnsOf(spansOf(all, xs), { min: 0, max: 9_990 }, 10)
  assert.is(columns[0], 3)
})

test('what lies beyond the view is left out, what reaches into it is cut', () => {
  const columns = columnsOf(
    spansOf([range(0, 5), range(90, 120), range(300, 310)], xs),
    { min: 1_000, max: 2_000 },
    100,
  )
  const runs: number[][] = []
  eachRun(columns, (from, to, level) => runs.push([from, to, level]))
  assert.equal(runs, [[0, 21, 1]])
})

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(10)), { maxLength: 40 })
  .map((steps) => {
    let at = 0
    return steps.map(([gap, length]) => {
      const start = at + gap
      at = start + length
      return range(start, at)
    })
  })

test('how many ranges are shared is what comparing each with each gives', () => {
  fc.assert(
    fc.property(ranges, ranges, (some, others) => {
      const slow = some.filter((a) => others.some((b) => a.start <= b.end && b.start <= a.end)).length
      assert.is(shared(some, others), slow)
      assert.is(shared(some, some), some.length)
    }),
  )
})

test('a point belongs to the range around it, or to the nearest', () => {
  const all = [range(10, 20), range(40, 50)]
  assert.is(rangeAt(all, 15), 0)
  assert.is(rangeAt(all, 36), 1)
  assert.is(rangeAt(all, 1_000), 1)
  assert.is(rangeAt([], 3), -1)
})

test.run()
