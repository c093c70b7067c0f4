import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { expectedBy } from '../signal/course.ts'
import { standardize } from '../signal/standard.ts'
import { movingMeans, spread, windowsOf } from '../signal/windows.ts'

/** The longest window, in points. */
const longest = 1024
const degree = 1
/** Of the period, where there is one: a shape of some detail. */
const harmonics = 4
/** A window is expected from this many times its length around it, and from so many points at least. */
const neighbourhood = 10
const leastAround = 100
/** Deviations from what is expected, of the usual ones, that are believed in the second pass, and that are in the band. */
const believed = 3
/** Of a normal distribution: its standard deviation in units of its median absolute deviation. */
const deviationOfMedian = 1.4826
/** As many residuals, evenly taken, tell their median. */
const enough = 100_000

const usualResidual = (values: Float64Array, expected: Float64Array): number => {
  const every = Math.ceil(values.length / enough)
  const residuals = Float64Array.from({ length: Math.ceil(values.length / every) }, (_, at) =>
    Math.abs((values[at * every] ?? 0) - (expected[at * every] ?? 0)),
  ).sort()
  return deviationOfMedian * (residuals[residuals.length >> 1] ?? 0)
}

const detect = ({ columns }: Input): Evidence => {
  const { values, lowest, highest, mean, deviation } = standardize(columns[0].values)
  const points = values.length
  const within = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value))
  const usual = values.map((value) => within(value, lowest, highest))
  const { length, period, remark } = windowsOf(usual, longest)
  const around = Math.min(points, Math.max(neighbourhood * length, leastAround))
  // A season that is longer than its windows isn't seen in what is around them.
  const seen = period === undefined || period > 1.5 * length ? undefined : period
  const waves = seen === undefined ? 0 : Math.min(harmonics, Math.max(1, Math.floor(seen / 2) - 1))
  const course = { degree, period: seen, harmonics: waves }
  const expect = (from: Float64Array): Float64Array =>
    expectedBy(course, from, length, around).map((value) => within(value, lowest, highest))

  const first = expect(usual)
  const reach = believed * usualResidual(values, first)
  const cleaned = usual.map((value, at) => within(value, (first[at] ?? 0) - reach, (first[at] ?? 0) + reach))
  const expected = expect(cleaned)

  const squares = values.map((value, at) => (value - (expected[at] ?? 0)) ** 2)
  const half = believed * usualResidual(values, expected)
  const inUnits = (by: number): Float64Array =>
    expected.map((value) => within(mean + deviation * (value + by), -Number.MAX_VALUE, Number.MAX_VALUE))
  return {
    strangeness: spread(movingMeans(squares, length).map(Math.sqrt), length, points, 1),
    band: { expected: inUnits(0), lower: inUnits(-half), upper: inUnits(half) },
    parameters: { window: length, period: period ?? 'none', degree, harmonics: waves, around },
    remarks: [
      remark,
      `Windows of ${length} points were compared with the course of the ${around} points around them.`,
    ],
  }
}

/**
 * How far windows are from the smooth course of what is around them: a straight line and the harmonics of the period, fitted twice,
 * the second time without the anomalies that the first one left over.
 */
export const poly: BatchDetector = {
  kind: 'batch',
  name: 'poly',
  description:
    'Stretches that leave the course of their surroundings, a trend with a season: other levels, missing or misshapen cycles.',
  source:
    'Li, Ma and Mei, "A unifying method for outlier and change detection from data streams based on local polynomial fitting", PAKDD 2007 (POLY of TSB-AD: Liu and Paparrizos, NeurIPS 2024); with the harmonics of dynamic harmonic regression (Young, Pedregal and Tych, Journal of Forecasting 18, 1999)',
  cost: 'time O(n·t) for t terms (10), memory O(n)',
  multivariate: false,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
