import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { featuresOf } from '../../consumer/detection/features.ts'
import { gaussianFrom, randomFrom } from '../support/random.ts'

const test = suite('features of a series')

const series = (length: number, value: (at: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, at) => value(at))

/** Normal values. */
const normalFrom = (seed: number): (() => number) => gaussianFrom(randomFrom(seed))

const isAbout = (got: number, wanted: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${got} is not about ${wanted}`)

test('values that are all alike have no features but their repeats', () => {
  for (const length of [0, 1, 2, 100]) {
    const features = featuresOf(series(length, () => 7))
    assert.equal(features, {
      points: length,
      period: 0,
      seasonality: 0,
      drift: 0,
      roughness: 0,
      tail: 1,
      lasting: 0,
      repeats: 1,
    })
  }
})

test('seasonality is the share of the squared mean deviation that the season takes away', () => {
  // Up 1 for 10 points, down 1 for 10; beside that half a unit more in one cycle, less in the next. The median is 0 and
  // the mean deviation 1, as |±1 ± ½| is 1½ or ½. At each phase the median of 100 cycles is the season itself, the rest
  // ½ each, √(100 / 99) scaled up: 1 − ¼ · 100 / 99 = 0.7475.
  const values = series(2000, (at) => (at % 20 < 10 ? 1 : -1) + (Math.floor(at / 20) % 4 < 2 ? 0.5 : -0.5))
  const { period, seasonality } = featuresOf(values.subarray(0, 2000))
  assert.ok(period === 20 || period === 80, `${period}`)
  if (period === 20) isAbout(seasonality, 1 - (0.25 * 100) / 99)
})

test('drift is the share that changes of level take away, and noise has neither season nor drift', () => {
  // Normal noise 4 above or below the median: the mean deviation is 4, of the remainder √(2 / π) = 0.798.
  const noise = series(3200, normalFrom(1))
  const shifted = featuresOf(noise.map((value, at) => value + (at < 1600 ? -4 : 4)))
  isAbout(shifted.drift, 1 - (0.798 / 4) ** 2, 0.01)
  const plain = featuresOf(noise)
  assert.is(plain.period, 0)
  assert.ok(plain.drift < 0.05 && plain.seasonality === 0)
})

test('white noise is rough, a sum of it smooth, and a normal tail is 1', () => {
  const normal = normalFrom(2)
  const white = series(20_000, normal)
  const { roughness, tail } = featuresOf(white)
  isAbout(roughness, 1, 0.03)
  isAbout(tail, 1, 0.05)
  let sum = 0
  assert.ok(featuresOf(white.map((value) => (sum += value))).roughness < 0.2)
  // Every 10th value 10 times as large: beyond x lie 0.1 · P(|z| > x / 10), which is 2 % for x = 12.8 in place of 2.33.
  const heavy = white.map((value, at) => (at % 10 === 0 ? 10 * value : value))
  assert.ok(featuresOf(heavy).tail > 3, `${featuresOf(heavy).tail}`)
})

test('what is odd lasts when the odd points are neighbours, and does not when each is alone', () => {
  const normal = normalFrom(3)
  const noise = series(2000, normal)
  const alone = noise.map((value, at) => (at % 100 === 50 ? 50 : value))
  const joined = noise.map((value, at) => (at >= 700 && at < 720 ? 50 : value))
  assert.is(featuresOf(alone).lasting, 0)
  assert.is(featuresOf(joined).lasting, 1)
})

test('repeats are the values that are the one before', () => {
  // 0 0 0 1 2 0 0 0 1 2 …: two of five.
  isAbout(featuresOf(series(500, (at) => [0, 0, 0, 1, 2][at % 5] ?? 0)).repeats, 0.4)
})

test('a·x + b has the features of x, and no finite values break them', () => {
  const next = randomFrom(4)
  const values = series(600, (at) => Math.sin((2 * Math.PI * at) / 24) + next())
  const features = featuresOf(values)
  for (const [a, b] of [
    [-1, 0],
    [1024, 5],
    [2 ** -40, 0],
  ] as const) {
    const other = featuresOf(values.map((value) => a * value + b))
    for (const [name, value] of Object.entries(features)) {
      isAbout(Object.entries(other).find(([known]) => known === name)?.[1] ?? Number.NaN, value, 1e-6)
    }
  }
  const anything = fc.array(
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 2 })),
  )
  fc.assert(
    fc.property(anything, (list) => {
      for (const value of Object.values(featuresOf(Float64Array.from(list)))) assert.ok(value >= 0)
    }),
  )
})

test.run()
