/** Fewer points for the same line. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lowerBound, thin } from '../../web/kit/chart/thin.ts'

const test = suite('web thin')

const series = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.double({ noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
    {
      minLength: 1,
      maxLength: 400,
    },
  )
  .map((ys) => ({ xs: ys.map((_, row) => row), ys }))
const buckets = fc.integer({ min: 1, max: 20 })

test('a short series stays as it is', () => {
  const xs = [0, 1, 2, 3]
  assert.equal(thin(xs, [5, 4, 3, 2], 0, 4, 1), [0, 1, 2, 3])
  assert.equal(thin(xs, [5, 4, 3, 2], 1, 3, 1), [1, 2])
})

test('rows ascend, are few, and hold the first, the last, the least and the greatest', () =>
  fc.assert(
    fc.property(series, buckets, ({ xs, ys }, count) => {
      const rows = thin(xs, ys, 0, xs.length, count)
      assert.ok(rows.length <= 5 * count)
      for (const [index, row] of rows.entries()) if (index > 0) assert.ok(row > (rows[index - 1] ?? row))
      assert.is(rows[0], 0)
      assert.is(rows.at(-1), xs.length - 1)
      const known = ys.filter((it) => !Number.isNaN(it))
      const kept = rows.map((row) => ys[row] ?? Number.NaN).filter((it) => !Number.isNaN(it))
      if (known.length > 0) {
        assert.is(Math.max(...kept), Math.max(...known))
        assert.is(Math.min(...kept), Math.min(...known))
      }
      assert.is(kept.length < rows.length, known.length < ys.length)
    }),
  ))

test('times that stand far apart each keep what is theirs', () => {
  const xs = [...Array.from({ length: 50 }, (_, row) => row), 10_000]
  const rows = thin(xs, xs, 0, xs.length, 10)
  assert.equal(rows, [0, 49, 50])
})

test('the first row that is not before a value', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: -1, max: 51 }), (numbers, x) => {
      const sorted = numbers.sort((a, b) => a - b)
      const found = sorted.findIndex((it) => it >= x)
      assert.is(lowerBound(sorted, x), found < 0 ? sorted.length : found)
    }),
  ))

test.run()
