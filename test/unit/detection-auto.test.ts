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

test('a window is compared with the one most like it where something repeats, and nowhere else', () => {
  assert.ok(chosenFor(seasonal(2000, 50)).includes('discord'))
  assert.not.ok(chosenFor(noise(2000)).includes('discord'))
  for (const values of [seasonal(2000, 50), noise(2000)]) {
    assert.ok(chosenFor(values).includes('forecast') && chosenFor(values).includes('sub-pca'))
  }
})

test('so many points and columns that comparing all windows takes long are compared with a few shapes', () => {
  // 25,000² pairs are the most: of 4 columns that is 12,500 points each.
  for (const [points, columns, wanted] of [
    [25_000, 1, 'discord'],
    [25_001, 1, 'kmeans'],
    [12_500, 4, 'discord'],
    [12_501, 4, 'kmeans'],
    [1_000_000, 1, 'kmeans'],
  ] as const) {
    const { parts, why } = chooseParts({ ...repeating, points }, columns)
    const names = parts.map(({ detector }) => detector.name)
    assert.ok(names.includes(wanted), `${points} points of ${columns}: ${names}`)
    assert.is(names.includes('discord') && names.includes('kmeans'), false)
    assert.is(why.includes('too long for discord'), wanted === 'kmeans')
  }
})

test('there is a detector for any number of points', () => {
  for (const points of [1, 5, 19, 20, 5_000_000]) {
    const { parts } = chooseParts({ ...repeating, points }, 1)
    assert.ok(parts.length > 0, `${points}`)
    for (const { detector } of parts) assert.ok(detector.minPoints <= points && points <= detector.maxPoints)
  }
  assert.is(analyse(inputOf(Float64Array.of(1, 2, 3)), { detector: 'auto' }).scores.length, 3)
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

test('several columns are judged together, by the season of the one that has one', () => {
  const odd = seasonal(1500, 30)
  odd.fill(2, 1000, 1010)
  const report = analyse(inputOf(noise(1500), odd), { detector: 'auto' })
  assert.match(report.explanation, /^A period of 30 points/)
  const peak = report.scores.indexOf(report.scores.reduce((most, score) => Math.max(most, score), 0))
  assert.ok(peak >= 990 && peak < 1020, `${peak}`)
})

test.run()
