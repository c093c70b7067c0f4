/** Thinning: a line of fewer points that looks the same. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { peaks, thin } from '../../web/kit/chart/thin.ts'

const test = suite('thinning')

const series = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 50 }),
      fc.oneof({ weight: 9, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
    ),
    {
      minLength: 1,
      maxLength: 2_000,
    },
  )
  .map((points) => {
    let x = 0
    return {
      xs: Float64Array.from(points, ([step]) => (x += step)),
      ys: Float64Array.from(points, ([, y]) => y),
    }
  })

const bucketOf = (xs: Float64Array, buckets: number) => {
  const left = xs[0] ?? 0
  const width = ((xs.at(-1) ?? left) - left) / buckets || 1
  return (row: number): number => {
    const x = xs[row] ?? 0
    let bucket = Math.min(buckets - 1, Math.floor((x - left) / width))
    // As the ends are computed there: not a rounding apart.
    while (bucket < buckets - 1 && x >= left + (bucket + 1) * width) bucket++
    while (bucket > 0 && x < left + bucket * width) bucket--
    return bucket
  }
}

test('of every column the first, the last, the least and the greatest point are kept', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), ({ xs, ys }, buckets) => {
      const rows = thin(xs, ys, 0, xs.length, buckets)
      const kept = new Set(rows)
      const place = bucketOf(xs, buckets)
      const columns = Map.groupBy(
        Array.from(xs, (_, row) => row),
        place,
      )
      for (const all of columns.values()) {
        assert.ok(kept.has(all[0] ?? -1) && kept.has(all.at(-1) ?? -1))
        const values = all.map((row) => ys[row] ?? 0).filter((y) => !Number.isNaN(y))
        const shown = all.filter((row) => kept.has(row)).map((row) => ys[row] ?? 0)
        if (values.length === 0) continue
        const finite = shown.filter((y) => !Number.isNaN(y))
        assert.is(Math.min(...finite), Math.min(...values))
        assert.is(Math.max(...finite), Math.max(...values))
      }
    }),
  )
})

test('rows stay in their order, each once, and are few', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), ({ xs, ys }, buckets) => {
      const rows = thin(xs, ys, 0, xs.length, buckets)
      for (const [i, row] of rows.entries()) assert.ok(i === 0 || row > (rows[i - 1] ?? row))
      assert.ok(rows.length <= 5 * buckets)
    }),
  )
})

test('a gap is not bridged: a missing value between two others stays', () => {
  const xs = Float64Array.from({ length: 1_000 }, (_, row) => row)
  const ys = Float64Array.from(xs, (x) => (x === 500 ? Number.NaN : x % 7))
  assert.ok(thin(xs, ys, 0, 1_000, 10).includes(500))
})

test('peaks keep the greatest of every column, and nothing twice', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), ({ xs, ys }, buckets) => {
      const rows = peaks(xs, ys, 0, xs.length, buckets)
      const known = Array.from(xs, (_, row) => row).filter((row) => !Number.isNaN(ys[row]))
      assert.ok(rows.length <= buckets + 1)
      assert.is(rows.length > 0, known.length > 0)
      for (const [i, row] of rows.entries()) assert.ok(i === 0 || row > (rows[i - 1] ?? row))
      if (known.length === 0) return
      const greatest = (all: readonly number[]): number => Math.max(...all.map((row) => ys[row] ?? 0))
      assert.is(greatest(rows), greatest(known))
    }),
  )
})

test('few points stay as they are', () => {
  assert.equal(thin([1, 2, 3], [4, 5, 6], 1, 3, 10), [1, 2])
  assert.equal(thin([], [], 0, 0, 10), [])
})

test.run()
