/**
 * What a series is like, in a few numbers that people can follow. The series is taken apart as usual + remainder, where
 * usual is a season (the median of each phase of the period) on a level (medians of stretches); all shares are of
 * squared mean absolute deviations, which a few anomalies hardly move. a·x + b has the features of x.
 * The idea of seasonal strength is that of Wang, Smith and Hyndman, "Characteristic-based clustering for time series
 * data", 2006. O(n log n) time, O(n) memory.
 */
import { findPeriods } from './signal/period.ts'
import { median, quantile } from './signal/quantile.ts'
import { roundingError } from './signal/rounding.ts'

export interface Features {
  readonly points: number
  /** In points; fractions are possible. 0 where nothing repeats. */
  readonly period: number
  /** The share of the deviations that the season explains; 0 to 1. */
  readonly seasonality: number
  /** The share of what the season leaves that changes of level explain; 0 to 1. */
  readonly drift: number
  /** How far from its predecessor a remainder is, against white noise: 0 a smooth curve, 1 noise, more: zigzag. */
  readonly roughness: number
  /** How far the outermost 2 % of the remainders are from the middle half, against a normal distribution: 1 like it. */
  readonly tail: number
  /** How many of the largest 1 % of the remainders have a neighbour among them: 1 where what is odd lasts. */
  readonly lasting: number
  /** The share of the values that are the one before once more. */
  readonly repeats: number
}

/** Periods are looked for in that many points at most, the last ones: half of it is the longest found. */
const searched = 65_536
/** Fewer cycles say nothing of what is usual. */
const leastCycles = 3
/** A shorter period is preferred when it explains this share of what the best one does. */
const asGood = 0.9
/** A level is the median of that many points at least, and of at least this share of the series. */
const levelPoints = 16
const levelShare = 1 / 64
/** (q99 − q01) / (q75 − q25) of a normal distribution. */
const normalTail = 3.449
/** E|x − y| / E|x| of independent normal x and y. */
const whiteRoughness = Math.SQRT2
const oddShare = 0.01

const meanAbsolute = (values: Float64Array): number => {
  let sum = 0
  for (const value of values) sum += Math.abs(value)
  return values.length > 0 ? sum / values.length : 0
}

/** Around their median, in units of their mean distance from it; undefined where all are alike. */
const standardize = (values: Float64Array): Float64Array | undefined => {
  // Halves: a difference of the largest doubles would overflow.
  const half = median(values) / 2
  const centred = values.map((value) => value / 2 - half)
  const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!(largest > roundingError(Math.abs(half)))) return undefined
  const relative = centred.map((value) => value / largest)
  const unit = meanAbsolute(relative)
  return relative.map((value) => value / unit)
}

/**
 * The values less the median of their group (group(i) < groups, one an index), scaled up by what a group's own values
 * take from its deviations: k values around their median look √(k / (k − 1)) too quiet.
 */
const lessMedians = (values: Float64Array, groups: number, group: (at: number) => number): Float64Array => {
  const starts = new Uint32Array(groups + 1)
  for (let at = 0; at < values.length; at++) {
    const next = group(at) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let at = 1; at <= groups; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0)
  const filled = starts.slice()
  const sorted = new Float64Array(values.length)
  for (let at = 0; at < values.length; at++) {
    const own = group(at)
    const to = filled[own] ?? 0
    sorted[to] = values[at] ?? 0
    filled[own] = to + 1
  }
  const middles = Float64Array.from({ length: groups }, (_, own) =>
    quantile(sorted.subarray(starts[own], starts[own + 1]).sort(), 0.5),
  )
  return values.map((value, at) => {
    const own = group(at)
    const members = (starts[own + 1] ?? 0) - (starts[own] ?? 0)
    return (value - (middles[own] ?? 0)) * Math.sqrt(members / Math.max(1, members - 1))
  })
}

/** 1 − (what is left / what there was)², as a share. */
const explained = (before: Float64Array, after: Float64Array): number => {
  const was = meanAbsolute(before)
  return was > 0 ? Math.max(0, 1 - (meanAbsolute(after) / was) ** 2) : 0
}

const withoutPeriod = (values: Float64Array, period: number): Float64Array => {
  const phases = Math.round(period)
  return lessMedians(values, phases, (at) => Math.min(phases - 1, Math.floor(((at / period) % 1) * phases)))
}

/** The shortest of the periods that explains about as much as the best: a day rather than ten of them. */
const withoutSeason = (values: Float64Array): { period: number; unseasonal: Float64Array } => {
  const found = findPeriods(values.subarray(Math.max(0, values.length - searched)))
    .filter((period) => leastCycles * period <= values.length)
    .map((period) => ({ period, unseasonal: withoutPeriod(values, period) }))
    .map((season) => ({ ...season, share: explained(values, season.unseasonal) }))
    .sort((a, b) => a.period - b.period)
  const best = found.reduce((most, { share }) => Math.max(most, share), 0)
  return found.find(({ share }) => share > 0 && share >= asGood * best) ?? { period: 0, unseasonal: values }
}

const tailOf = (remainder: Float64Array): number => {
  const ascending = remainder.slice().sort()
  const spread = (share: number): number => quantile(ascending, 1 - share) - quantile(ascending, share)
  const middle = spread(0.25)
  return middle > 0 ? spread(0.01) / middle / normalTail : Number.POSITIVE_INFINITY
}

const lastingOf = (remainder: Float64Array): number => {
  const sizes = remainder.map(Math.abs)
  const least = quantile(sizes.slice().sort(), 1 - oddShare)
  const isOdd = (at: number): boolean => (sizes[at] ?? 0) > least
  let odd = 0
  let joined = 0
  for (let at = 0; at < sizes.length; at++) {
    if (!isOdd(at)) continue
    odd++
    if (isOdd(at - 1) || isOdd(at + 1)) joined++
  }
  return odd > 0 ? joined / odd : 0
}

const share = (values: Float64Array, is: (value: number, at: number) => boolean): number =>
  values.reduce((count, value, at) => count + (is(value, at) ? 1 : 0), 0) / Math.max(1, values.length)

/** The features of one column of finite values. */
export const featuresOf = (values: Float64Array): Features => {
  const points = values.length
  const standard = standardize(values)
  if (standard === undefined) {
    return { points, period: 0, seasonality: 0, drift: 0, roughness: 0, tail: 1, lasting: 0, repeats: 1 }
  }
  const { period, unseasonal } = withoutSeason(standard)
  const stretch = Math.max(levelPoints, Math.ceil(period), Math.ceil(points * levelShare))
  const remainder = lessMedians(unseasonal, Math.ceil(points / stretch), (at) => Math.floor(at / stretch))
  const size = meanAbsolute(remainder)
  const steps = remainder.map((value, at) => value - (remainder[Math.max(0, at - 1)] ?? 0))
  return {
    points,
    period,
    seasonality: explained(standard, unseasonal),
    drift: explained(unseasonal, remainder),
    roughness: size > 0 ? meanAbsolute(steps) / size / whiteRoughness : 0,
    tail: tailOf(remainder),
    lasting: lastingOf(remainder),
    repeats: share(values, (value, at) => at > 0 && value === values[at - 1]),
  }
}
