/**
 * The detector `esd`: seasonal hybrid ESD (Hochenbaum, Vallis and Kejariwal, "Automatic anomaly detection in the cloud via statistical
 * learning", 2017). A value's distance from what its season and the level around make usual, in units of the spread that is left when
 * the generalised ESD test (Rosner, "Percentage points for a generalized ESD many-outlier procedure", Technometrics 25, 1983) has taken
 * out the outliers.
 *
 * The season is the median of the values at each phase, after the level (a rolling median) is taken off: as robust as the
 * paper's STL, and read off in a sentence. The period: autocorrelation. It sees what is out of step with the season, a missing cycle
 * among it, and what sticks out; not the change of a shape that stays within the usual range.
 */
import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { bandAround } from '../signal/banded.ts'
import { generalisedEsd } from '../signal/generalised-esd.ts'
import { findPeriods } from '../signal/period.ts'
import { rollingMedian } from '../signal/rolling-median.ts'
import { roundingError } from '../signal/rounding.ts'
import { medianOfSorted } from '../signal/sorted.ts'
import { standardize } from '../signal/standard.ts'

const SIGNIFICANCE = 0.05
/** Share of the points that may be outliers, as in the paper. */
const MOST_OUTLIERS = 0.1
/** Cycles that a season must have for its medians to mean anything. */
const CYCLES = 3
/** Cycles of which the level is the median; points, without a season; and at most. */
const LEVEL_CYCLES = 6
const LEVEL_WINDOW = 2_001
const LONGEST_WINDOW = 4_001
/** Standard deviations of the band: of a normal distribution one in 1,000 is outside. */
const BAND = 3.29

/** Positions in steps of the usual length: with timestamps a gap is as many steps as it lasted. */
const positionsOf = (points: number, timesMs: Float64Array | undefined): Float64Array => {
  const steps = timesMs?.subarray(1).map((time, at) => time - (timesMs[at] ?? 0))
  const step = steps === undefined ? 0 : (steps.sort()[steps.length >> 1] ?? 0)
  const start = timesMs?.[0] ?? 0
  return Float64Array.from({ length: points }, (_, point) =>
    step > 0 ? ((timesMs?.[point] ?? 0) - start) / step : point,
  )
}

/** The median of the values at each point's phase. O(n log n). */
const seasonOf = (values: Float64Array, positions: Float64Array, period: number): Float64Array => {
  const phases = Math.max(1, Math.round(period))
  const phase = Uint32Array.from(positions, (position) => {
    const turns = position / period
    return Math.round((turns - Math.floor(turns)) * phases) % phases
  })
  const ends = new Uint32Array(phases + 1)
  for (const it of phase) ends[it + 1] = (ends[it + 1] ?? 0) + 1
  for (let at = 0; at < phases; at++) ends[at + 1] = (ends[at + 1] ?? 0) + (ends[at] ?? 0)
  const next = ends.slice()
  const grouped = new Float64Array(values.length)
  for (const [point, it] of phase.entries()) {
    const place = next[it] ?? 0
    grouped[place] = values[point] ?? 0
    next[it] = place + 1
  }
  const medians = Float64Array.from({ length: phases }, (_, it) => {
    const group = grouped.subarray(ends[it] ?? 0, ends[it + 1] ?? 0).sort()
    return medianOfSorted(group, 0, group.length)
  })
  return Float64Array.from(phase, (it) => medians[it] ?? 0)
}

const meanDistance = (a: Float64Array, b: Float64Array): number =>
  a.reduce((mean, value, at) => mean + (Math.abs(value - (b[at] ?? 0)) - mean) / (at + 1), 0)

/**
 * The season by the period as it was found, or by the whole number next to it, whichever is nearer to the values: a gap in time moves
 * what was found in rows.
 */
const bestSeason = (
  values: Float64Array,
  timesMs: Float64Array | undefined,
  period: number,
): Float64Array => {
  const positions = positionsOf(values.length, timesMs)
  const found = seasonOf(values, positions, period)
  const whole = seasonOf(values, positions, Math.round(period))
  return meanDistance(values, whole) < meanDistance(values, found) ? whole : found
}

const detect = ({ columns: [{ values }], timesMs }: Input): Evidence => {
  const standard = standardize(values)
  const period = findPeriods(standard.values).find((it) => CYCLES * it <= values.length)
  const window = Math.min(
    LONGEST_WINDOW,
    period === undefined ? LEVEL_WINDOW : Math.ceil(LEVEL_CYCLES * period),
  )
  const level = rollingMedian(standard.values, window)
  const around = standard.values.map((value, point) => value - (level[point] ?? 0))
  const season = period === undefined ? new Float64Array(values.length) : bestSeason(around, timesMs, period)
  const rest = around.map((value, point) => value - (season[point] ?? 0))
  const most = Math.floor(MOST_OUTLIERS * values.length)
  const { center, spread, outliers } = generalisedEsd(rest.toSorted(), most, SIGNIFICANCE, roundingError(1))
  const expected = level.map((it, point) => it + (season[point] ?? 0) + center)
  const seasonal =
    period === undefined ? 'No season was found' : `The season is ${Number(period.toPrecision(4))} points`
  return {
    strangeness: rest.map((value) => Math.abs(value - center) / spread),
    band: bandAround(standard, expected, () => BAND * spread),
    parameters: {
      period: period ?? 0,
      window,
      significance: SIGNIFICANCE,
      mostOutliers: MOST_OUTLIERS,
      outliers,
    },
    remarks: [
      `${seasonal}; the generalised ESD test (α = ${SIGNIFICANCE}) finds ${outliers} outliers in what is left.`,
    ],
  }
}

export const esd: BatchDetector = {
  kind: 'batch',
  name: 'esd',
  description:
    'Distance from season and level in units of what is usual, by robust statistics: spikes and missed cycles of seasonal series.',
  source:
    'Hochenbaum, Vallis and Kejariwal, “Automatic anomaly detection in the cloud via statistical learning”, 2017; Rosner, 1983',
  cost: 'time O(n log n), memory O(n), for n points',
  multivariate: false,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
