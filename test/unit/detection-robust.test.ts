import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { criticalDeviation, generalisedEsd } from '../../consumer/detection/signal/generalised-esd.ts'
import { rollingMedian, rollingSpread } from '../../consumer/detection/signal/rolling-median.ts'
import { deviationOfSorted, medianOfSorted, SIGMA_PER_MAD } from '../../consumer/detection/signal/sorted.ts'
import { normalExceededBy, studentExceededBy } from '../../consumer/detection/signal/student.ts'

const test = suite('robust statistics')

const near = (got: number, wanted: number, within: number): void =>
  assert.ok(Math.abs(got - wanted) <= within, `${got} ${wanted}`)

const medianOf = (list: readonly number[]): number => {
  const sorted = list.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}
const numbers = fc.array(
  fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -9, max: 9, noNaN: true })),
  {
    minLength: 1,
    maxLength: 60,
  },
)

test('median and MAD of a sorted slice are those by their definitions', () => {
  // Of 1 2 4 7 50: median 4, distances 3 2 0 3 46, their median 3.
  const cells = Float64Array.of(0, 1, 2, 4, 7, 50, 99)
  assert.is(medianOfSorted(cells, 1, 6), 4)
  assert.is(deviationOfSorted(cells, 1, 6, 4), 3)
  fc.assert(
    fc.property(numbers, fc.double({ min: -9, max: 9, noNaN: true }), (list, center) => {
      const sorted = Float64Array.from(list).sort()
      near(medianOfSorted(sorted, 0, list.length), medianOf(list), 1e-12)
      const distances = list.map((it) => Math.abs(it - center))
      near(deviationOfSorted(sorted, 0, list.length, center), medianOf(distances), 1e-12)
    }),
  )
})

test('rolling median and MAD are those of the window around; the ends take the nearest whole window', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 15 }), (list, window) => {
      const half = Math.floor(Math.min(window, list.length - 1) / 2)
      const { median, mad } = rollingSpread(Float64Array.from(list), window)
      assert.equal(rollingMedian(Float64Array.from(list), window), median)
      for (const point of list.keys()) {
        const center = Math.max(half, Math.min(list.length - 1 - half, point))
        const around = list.slice(center - half, center + half + 1)
        const wanted = medianOf(around)
        near(median[point] ?? Number.NaN, wanted, 0)
        near(mad[point] ?? Number.NaN, medianOf(around.map((it) => Math.abs(it - wanted))), 1e-12)
      }
    }),
  )
})

test('quantiles are those of the tables', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.25, 0.6744898],
    [0.025, 1.959964],
    [0.001, 3.0902323],
    [1e-10, 6.3613409],
    [0.975, -1.959964],
  ] as const) {
    near(normalExceededBy(p), z, 1e-5)
  }
  near(SIGMA_PER_MAD, 1 / normalExceededBy(0.25), 1e-6)
  // Student's t, two-sided 5 % and 0.1 %.
  near(studentExceededBy(0.025, 10), 2.228, 1e-3)
  near(studentExceededBy(0.025, 30), 2.042, 1e-3)
  near(studentExceededBy(0.0005, 30), 3.646, 1e-3)
})

test('λ is Rosner’s: 54 values at 5 %', () => {
  // As tabulated in the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.3, for Rosner's example.
  for (const [removed, lambda] of [3.158, 3.151, 3.143, 3.136, 3.128].entries()) {
    near(criticalDeviation(54, removed, 0.05), lambda, 1e-3)
  }
})

test('outliers are counted up to the last that is beyond λ, and what is left is the usual', () => {
  // 1 … 21 and two far out. Without them: median 11, MAD 5 (distances 0 1 1 2 2 … 10 10, the eleventh is 5).
  const values = Float64Array.from([...Array.from({ length: 21 }, (_, at) => at + 1), 90, 91])
  const { center, spread, outliers } = generalisedEsd(values, 5, 0.05, 0)
  assert.is(outliers, 2)
  assert.is(center, 11)
  near(spread, 5 * SIGMA_PER_MAD, 1e-12)
  // The test goes on behind one that is not beyond λ: it may be masked by others as large.
  assert.is(generalisedEsd(values, 0, 0.05, 0).outliers, 0)
  assert.is(generalisedEsd(values, 1, 0.05, 0).outliers, 1)
})

test('values that are alike have no outliers, and a spread of the floor', () => {
  assert.equal(generalisedEsd(new Float64Array(50).fill(4), 5, 0.05, 1e-9), {
    center: 4,
    spread: 1e-9,
    outliers: 0,
  })
})

test.run()
