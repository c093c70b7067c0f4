import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyse } from '../../consumer/detection/analyse.ts'
import { chooseParts } from '../../consumer/detection/auto.ts'
import type { Input } from '../../consumer/detection/detector.ts'
import { type Features, featuresOf } from '../../consumer/detection/features.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('auto')

const inputOf = (...columns: Float64Array[]): Input => {
  const [first = new Float64Array(0), ...others] = columns
  return {
    columns: [{ name: 'a', values: first }, ...others.map((values, at) => ({ name: `b${at}`, values }))],
    timesMs: undefined,
    filled: new Uint8Array(first.length),
  }
}

const seasonal = (points: number, period: number): Float64Array => {
  const next = randomFrom(7)
  return Float64Array.from(
    { length: points },
    (_, at) => Math.sin((2 * Math.PI * at) / period) + 0.2 * next(),
  )
}
const noise = (points: number): Float64Array => {
  const next = randomFrom(8)
  return Float64Array.from({ length: points }, next)
}

const chosenFor = (values: Float64Array): string[] =>
  chooseParts(featuresOf(values), 1).parts.map(({ detector }) => detector.name)

const repeating: Features = { ...featuresOf(seasonal(500, 25)), points: 1000 }

test('three look at every series, and a fourth by whether something repeats', () => {
  const always = ['forecast', 'sub-pca', 'esd']
  assert.equal(chosenFor(seasonal(2000, 50)), [...always, 'kmeans'])
  assert.equal(chosenFor(noise(2000)), [...always, 'spectral-residual'])
})

test('there is a detector for any number of points, and those that do not take so many are named', () => {
  for (const points of [1, 5, 19, 20, 2_000_000, 5_000_000]) {
    const { parts, why } = chooseParts({ ...repeating, points }, 1)
    assert.ok(parts.length > 0, `${points}`)
    for (const { detector } of parts) assert.ok(detector.minPoints <= points && points <= detector.maxPoints)
    const isAll = points >= 20 && points <= 2_000_000
    assert.is(parts.length === 4, isAll, `${points}`)
    assert.is(/points are no length for .*sub-pca/.test(why), !isAll, why)
  }
  assert.is(analyse(inputOf(Float64Array.of(1, 2, 3)), { detector: 'auto' }).scores.length, 3)
})

test('evidence is spread over a tenth of a short series, and over 96 points of a longer one', () => {
  for (const [points, wanted] of [
    [5, 1],
    [300, 30],
    [960, 96],
    [100_000, 96],
  ] as const) {
    const { parts } = chooseParts({ ...repeating, points }, 1)
    assert.is(parts.find(({ detector }) => detector.name === 'forecast')?.spread, wanted)
    assert.ok(parts.every(({ detector, spread }) => detector.name !== 'sub-pca' || spread === 1))
  }
})

test('why says what the series is like', () => {
  // sin + noise from 0 to 0.2: mean deviations 2 / π and about 0.05, so the season explains 1 − (0.05 / 0.64)² = 99 %.
  assert.match(
    chooseParts(featuresOf(seasonal(2000, 50)), 1).why,
    /^A period of 50 points explains 99 % of the variance: /,
  )
  assert.match(chooseParts(featuresOf(noise(2000)), 1).why, /^Nothing repeats: /)
  const drifting = noise(2000).map((value, at) => value + at / 20)
  assert.match(
    chooseParts(featuresOf(drifting), 1).why,
    /^Nothing repeats, changes of level \d+ % of the rest: /,
  )
})

test('a report names what ran, explains why, and its strangest point is in the cycle that stays away', () => {
  const values = seasonal(2000, 50)
  values.fill(0, 1212, 1240)
  const report = analyse(inputOf(values), { detector: 'auto' })
  assert.is(report.asked, 'auto')
  assert.match(report.detector, /forecast.* \+ .*sub-pca/)
  assert.match(report.explanation, /^A period of 50 points/)
  const peak = report.scores.indexOf(report.scores.reduce((most, score) => Math.max(most, score), 0))
  assert.ok(peak >= 1200 && peak < 1252, `${peak}`)
})

test('a single point that stands far out is flagged beside events that are longer', () => {
  const values = seasonal(4032, 288)
  for (let at = 2720; at < 2756; at++) values[at] = (values[at] ?? 0) * 0.35
  for (let at = 3470; at < 3530; at++) values[at] = (values[at] ?? 0) + 1
  values[1920] = (values[1920] ?? 0) + 2
  const { anomalies } = analyse(inputOf(values), { detector: 'auto' })
  const flagged = anomalies.some(({ start, end }) => start <= 1920 && 1920 <= end)
  assert.ok(flagged, JSON.stringify(anomalies))
})

test('several columns are looked at together where that can be, each by itself where it cannot', () => {
  const names = (points: number): string[] =>
    chooseParts({ ...repeating, points }, 3).parts.map(({ detector }) => detector.name)
  assert.equal(names(1000), ['sub-pca'])
  assert.equal(names(10), ['forecast'])
  const odd = seasonal(1500, 30)
  odd.fill(2, 1000, 1010)
  const report = analyse(inputOf(noise(1500), odd), { detector: 'auto' })
  assert.is(report.detector, 'sub-pca')
  assert.match(report.explanation, /^2 columns, .* A period of 30 points/)
  const peak = report.scores.indexOf(report.scores.reduce((most, score) => Math.max(most, score), 0))
  assert.ok(peak >= 990 && peak < 1020, `${peak}`)
})

test.run()
