/** Zooming and panning: never beyond the data, and never a view without width. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  clamp,
  leastWidth,
  pan,
  rowsOf,
  type View,
  viewAround,
  viewOfRows,
  wholeOf,
  zoom,
} from '../../web/view/analyse/viewport.ts'

const test = suite('viewport')

const axes = fc
  .array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 2, maxLength: 300 })
  .map((steps) => {
    let x = 1_400_000_000_000
    return Float64Array.from(steps, (step) => (x += step))
  })

const moves = fc.array(
  fc.oneof(
    fc.record({
      factor: fc.double({ min: 0.01, max: 50, noNaN: true }),
      share: fc.double({ min: -1, max: 2, noNaN: true }),
    }),
    fc.record({ by: fc.double({ min: -5, max: 5, noNaN: true }) }),
  ),
  { maxLength: 30 },
)

const isWithin = ({ min, max }: View, whole: View): boolean =>
  min >= whole.min && max <= whole.max && max > min

test('pan and zoom never leave the data, however they follow each other', () => {
  fc.assert(
    fc.property(axes, moves, (xs, all) => {
      const whole = wholeOf(xs)
      const least = leastWidth(whole, xs.length)
      let view = whole
      for (const move of all) {
        view =
          'by' in move
            ? pan(view, whole, move.by)
            : zoom(view, whole, move.factor, view.min + move.share * (view.max - view.min), least)
        assert.ok(isWithin(view, whole), JSON.stringify({ view, whole, move }))
        assert.ok(view.max - view.min >= least * (1 - 1e-6))
      }
    }),
  )
})

test('panning keeps the width, also at the ends', () => {
  const whole = { min: 0, max: 100 }
  assert.equal(pan({ min: 10, max: 30 }, whole, 0.5), { min: 20, max: 40 })
  assert.equal(pan({ min: 10, max: 30 }, whole, -3), { min: 0, max: 20 })
  assert.equal(pan({ min: 10, max: 30 }, whole, 99), { min: 80, max: 100 })
})

test('what lies under the pointer stays there while zooming', () => {
  const whole = { min: 0, max: 1_000 }
  assert.equal(zoom({ min: 200, max: 600 }, whole, 0.5, 300, 1), { min: 250, max: 450 })
  assert.equal(zoom({ min: 250, max: 450 }, whole, 2, 300, 1), { min: 200, max: 600 })
})

test('zooming out ends with all of it, zooming in with a few points', () => {
  const whole = { min: 0, max: 1_000 }
  assert.equal(zoom({ min: 200, max: 600 }, whole, 1e9, 300, 1), whole)
  assert.equal(zoom({ min: 200, max: 600 }, whole, 0, 300, 8), { min: 298, max: 306 })
})

test('rows of a view make the same view again', () => {
  fc.assert(
    fc.property(axes, fc.nat(299), fc.nat(299), (xs, a, b) => {
      const [from, to] = [Math.min(a, b) % xs.length, Math.max(a, b) % xs.length]
      if (to - from < 8) return
      const view = viewOfRows(from, to, xs)
      const rows = rowsOf(view, xs)
      // A view that is widened to the least width takes in more.
      assert.ok(rows.from <= from && rows.to >= to)
      assert.equal(rowsOf(viewOfRows(rows.from, rows.to, xs), xs), rows)
    }),
  )
})

test('an anomaly at either end is shown with what there is around it', () => {
  const xs = Float64Array.from({ length: 1_000 }, (_, row) => row)
  assert.equal(viewAround(0, 3, xs), { min: 0, max: 63 })
  assert.equal(viewAround(990, 999, xs), { min: 930, max: 999 })
  assert.equal(viewAround(400, 499, xs), { min: 0, max: 899 })
})

test('a series of one point, or of none, has a view', () => {
  assert.equal(wholeOf([7]), { min: 6.5, max: 7.5 })
  assert.equal(wholeOf([]), { min: 0, max: 1 })
  assert.equal(clamp({ min: Number.NEGATIVE_INFINITY, max: 3 }, { min: 0, max: 1 }), { min: 0, max: 1 })
})

test.run()
