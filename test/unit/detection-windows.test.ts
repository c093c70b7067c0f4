import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whitening } from '../../consumer/detection/signal/cholesky.ts'
import { cluster } from '../../consumer/detection/signal/cluster.ts'
import { expectedBy } from '../../consumer/detection/signal/course.ts'
import { matrixProfile } from '../../consumer/detection/signal/matrix-profile.ts'
import { standardize } from '../../consumer/detection/signal/standard.ts'
import { strongest } from '../../consumer/detection/signal/strongest.ts'
import { movingMeans, spread, windowsOf } from '../../consumer/detection/signal/windows.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('numerics of the batch detectors')

const of = (...values: number[]): Float64Array => Float64Array.from(values)
const near = (got: ArrayLike<number>, wanted: ArrayLike<number>, error = 1e-9): void => {
  assert.is(got.length, wanted.length)
  for (let at = 0; at < wanted.length; at++) {
    assert.ok(
      Math.abs((got[at] ?? Number.NaN) - (wanted[at] ?? 0)) <= error,
      `${at}: ${got[at]}, not ${wanted[at]}`,
    )
  }
}

test('moving means are those of each window, and one huge value leaves nothing behind', () => {
  near(movingMeans(of(1, 2, 3, 6, 0), 2), [1.5, 2.5, 4.5, 3])
  // Windows that begin a window's length after 1e18 know nothing of it.
  const means = movingMeans(of(1e18, 1, 1, 1, 1, 1, 1, 1), 3)
  assert.equal([...means.subarray(3)], [1, 1, 1])
})

test('a point has the power mean of the windows that cover it', () => {
  // Windows of 2 points at 0, 1, 2: point 1 is in the first two, 2 in the last two; 0 and 3, half a window from 1 and 2, have what those have.
  near(spread(of(1, 4, 16), 2, 4, 1), [2.5, 2.5, 10, 10])
  // Harmonic: 2 / (1/1 + 1/4) = 1.6 and 2 / (1/4 + 1/16) = 6.4.
  near(spread(of(1, 4, 16), 2, 4, -1), [1.6, 1.6, 6.4, 6.4])
  near(spread(of(0, 4), 2, 3, -4), [0, 0, 0])
})

test('whitening gives the Mahalanobis distance', () => {
  // A = [[4, 2], [2, 3]], its inverse [[3, −2], [−2, 4]] / 8: for x = (1, 2) xᵀA⁻¹x = (3 − 8 + 16) / 8 = 11/8.
  const inverse = whitening(of(4, 2, 2, 3), 2, 1e-12)
  const first = inverse[0] ?? 0
  const second = (inverse[2] ?? 0) + 2 * (inverse[3] ?? 0)
  assert.ok(Math.abs(first ** 2 + second ** 2 - 11 / 8) < 1e-12)
})

test('outliers move neither the mean nor the deviation by more than the border they count as', () => {
  const random = randomFrom(1)
  const values = Float64Array.from({ length: 1000 }, () => random())
  const before = standardize(values)
  values[500] = 1e9
  const after = standardize(values)
  assert.ok(Math.abs(after.mean - before.mean) < 0.01)
  assert.ok(Math.abs(after.deviation - before.deviation) < 0.01)
  assert.is(after.values[500], 1e6)
  assert.ok((before.values[500] ?? 0) > before.lowest && (before.values[500] ?? 0) < before.highest)
})

test('a window is one cycle long, some cycles of a short one, and shorter in a short series', () => {
  const wave = (points: number, period: number): Float64Array =>
    Float64Array.from({ length: points }, (_, at) => Math.sin((2 * Math.PI * at) / period))
  assert.is(windowsOf(wave(1000, 40), 1024).length, 40)
  // Two cycles of 5 are 8 points or more.
  assert.is(windowsOf(wave(1000, 5), 1024).length, 10)
  assert.is(windowsOf(wave(1000, 40), 16).length, 16)
  assert.is(windowsOf(new Float64Array(1000), 1024).length, 100)
  // A fifth of the series.
  assert.is(windowsOf(new Float64Array(50), 1024).length, 10)
})

test('the strongest of several scores decides, each in its own unit', () => {
  // Both go from 0 to 100 of their units, evenly; 85 % are at most 85 of them: (150 − 50) / (85 − 50) is what 150 is worth.
  const even = Float64Array.from({ length: 101 }, (_, at) => at)
  const other = even.map((value) => 1000 * value)
  even[0] = 150
  const together = strongest([even, other])
  assert.is(together.indexOf(Math.max(...together)), 0)
  assert.is(strongest([new Float64Array(5).fill(3)])[2], 0)
})

test('k-means finds groups that lie apart, and no more centres than different vectors', () => {
  const vectors = [of(0, 0), of(0, 1), of(10, 10), of(10, 11)]
  const { centres } = cluster(vectors, 2)
  assert.equal(
    centres.map((centre) => [...centre]).sort(([a = 0], [b = 0]) => a - b),
    [
      [0, 0.5],
      [10, 10.5],
    ],
  )
  assert.is(cluster([of(1), of(1), of(2)], 3).centres.length, 2)
})

test('what is expected of a hole is the course around it, whatever the hole says', () => {
  const course = { degree: 1, period: 10, harmonics: 1 }
  const values = Float64Array.from(
    { length: 200 },
    (_, at) => 3 + 0.1 * at + 2 * Math.sin((2 * Math.PI * at) / 10),
  )
  near(expectedBy(course, values, 10, 100), values, 1e-3)
  // 3 points are off: the holes that cover them don't see them, the others hardly.
  const off = values.slice()
  off.fill(50, 101, 104)
  const expected = expectedBy(course, off, 20, 100)
  for (let at = 101; at < 104; at++) {
    assert.ok(Math.abs((expected[at] ?? 0) - (values[at] ?? 0)) < 1, `${at}: ${expected[at]}`)
  }
})

test('the matrix profile is what a comparison of all pairs of windows gives', () => {
  const random = randomFrom(7)
  const values = Float64Array.from({ length: 60 }, (_, at) => (at < 12 ? 1 : random()))
  const [length, apart, flat] = [6, 6, 0.1]
  const windows = Array.from({ length: 55 }, (_, at) => {
    const window = values.slice(at, at + length)
    const mean = window.reduce((sum, value) => sum + value, 0) / length
    const centred = window.map((value) => value - mean)
    const norm = Math.sqrt(centred.reduce((sum, value) => sum + value ** 2, length * flat ** 2))
    return centred.map((value) => value / norm)
  })
  const least = (at: number, others: Float64Array[]): number =>
    others.reduce(
      (best, other) =>
        Math.min(
          best,
          other.reduce((sum, value, k) => sum + (value - (windows[at]?.[k] ?? 0)) ** 2, 0),
        ),
      Number.POSITIVE_INFINITY,
    )
  const { left, right } = matrixProfile(values, length, apart, flat)
  for (let at = 0; at < 55; at++) {
    const before = least(at, windows.slice(0, Math.max(0, at - apart + 1)))
    const after = least(at, windows.slice(at + apart))
    for (const [got, wanted] of [
      [left[at], before],
      [right[at], after],
    ]) {
      assert.ok(got === wanted || Math.abs((got ?? 0) - (wanted ?? 0)) < 1e-9, `${at}: ${got}, not ${wanted}`)
    }
  }
  // Two flat windows are alike.
  assert.ok((right[0] ?? 1) < 1e-12)
})

test.run()
