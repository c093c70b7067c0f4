import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { discord } from '../../consumer/detection/batch/discord.ts'
import { kmeans } from '../../consumer/detection/batch/kmeans.ts'
import { poly } from '../../consumer/detection/batch/poly.ts'
import { spectralResidual } from '../../consumer/detection/batch/spectral-residual.ts'
import { subPca } from '../../consumer/detection/batch/sub-pca.ts'
import type { BatchDetector, Evidence } from '../../consumer/detection/detector.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('what each batch detector is good at')

const run = (detector: BatchDetector, ...columns: readonly [Float64Array, ...Float64Array[]]): Evidence => {
  const [first, ...others] = columns
  return detector.detect({
    columns: [{ name: 'a', values: first }, ...others.map((values) => ({ name: 'b', values }))],
    timesMs: undefined,
    filled: new Uint8Array(first.length),
  })
}

/** 40 cycles of 50 points: 10 + sin, with even noise of ±0.05. */
const wave = (seed: number): Float64Array => {
  const random = randomFrom(seed)
  return Float64Array.from(
    { length: 2000 },
    (_, at) => 10 + Math.sin((2 * Math.PI * at) / 50) + 0.1 * (random() - 0.5),
  )
}

const peakOf = ({ strangeness }: Evidence): number => strangeness.indexOf(Math.max(...strangeness))

const within = (evidence: Evidence, from: number, to: number): void => {
  const peak = peakOf(evidence)
  assert.ok(peak >= from && peak <= to, `${peak} is not in ${from}–${to}`)
}

test('all see the period, and say so', () => {
  for (const detector of [subPca, poly, kmeans, discord]) {
    const { parameters, remarks } = run(detector, wave(1))
    assert.is(parameters['period'], 50, detector.name)
    assert.match(remarks.join(' '), /every 50 points/)
  }
})

test('a level that is too high for 60 points is found by sub-pca, poly and kmeans', () => {
  const values = wave(2).map((value, at) => (at >= 1200 && at < 1260 ? value + 2 : value))
  for (const detector of [subPca, poly, kmeans]) within(run(detector, values), 1190, 1270)
})

test('a single value in the wrong half of the cycle is found by sub-pca', () => {
  // The wave is at its highest at 12 of 50; 9.2 is usual at its lowest.
  const values = wave(3)
  values[1012] = 9.2
  within(run(subPca, values), 1005, 1020)
})

test('a cycle of another shape and usual size is the discord', () => {
  const values = wave(4).map((value, at) =>
    at >= 1000 && at < 1050 ? 10 + Math.sin((2 * Math.PI * at) / 25) : value,
  )
  within(run(discord, values), 990, 1060)
  within(run(kmeans, values), 990, 1060)
})

test('a level has no shape: z-normalized, each window of the discord is as usual within it', () => {
  const values = wave(4).map((value, at) => (at >= 1000 ? value + 5 : value))
  const { strangeness } = run(discord, values)
  const usual = strangeness.slice(100, 900).reduce((a, b) => Math.max(a, b))
  assert.ok(strangeness.slice(1100, 1900).every((value) => value < 1.2 * usual))
})

test('noise that comes up for 40 points is found by spectral-residual', () => {
  const random = randomFrom(5)
  const values = wave(5).map((value, at) => (at >= 700 && at < 740 ? value + random() - 0.5 : value))
  within(run(spectralResidual, values), 690, 750)
})

test('relations between columns count: sub-pca finds where two that are alike part', () => {
  const first = wave(6)
  const second = first.map((value, at) => (at >= 1500 && at < 1550 ? 20 - value : 2 * value))
  within(run(subPca, first, second), 1490, 1560)
})

test("poly's band has the usual values in it, and expects of an anomaly what would have been usual", () => {
  const usual = wave(7)
  const values = usual.map((value, at) => (at >= 1200 && at < 1220 ? value + 5 : value))
  const { band } = run(poly, values)
  assert.ok(band)
  let inside = 0
  for (const [at, value] of usual.entries()) {
    const [lower, upper] = [band.lower[at] ?? 0, band.upper[at] ?? 0]
    assert.ok(lower <= (band.expected[at] ?? 0) && (band.expected[at] ?? 0) <= upper)
    if (value >= lower && value <= upper) inside++
  }
  // Also at 1200 to 1219: the band is that of the values that were replaced. Three deviations hold nearly all even noise.
  assert.ok(inside >= 0.98 * 2000, `${inside}`)
})

test('anomalies that are in what is learned from are found all the same: four cycles of forty are upside down', () => {
  const turned = [7, 13, 22, 29]
  const values = wave(8).map((value, at) => (turned.includes(Math.floor(at / 50)) ? 20 - value : value))
  for (const detector of [subPca, poly]) {
    const { strangeness } = run(detector, values)
    const middle = (cycle: number): number => strangeness[50 * cycle + 25] ?? 0
    const usual = Math.max(...[3, 10, 18, 25, 35].map(middle))
    for (const cycle of turned) assert.ok(middle(cycle) > 2 * usual, `${detector.name}: ${cycle}`)
  }
})

test.run()
