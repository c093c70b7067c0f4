import { autocorrelation } from './fourier.ts'
import { roundingError } from './rounding.ts'

/** A peak counts when the correlation rose by this much since its lowest, and by this many standard errors. */
const leastRise = 0.2
const leastErrors = 3
/** The shortest lag about as good as the best is the period itself; somewhat worse shorter ones are a season within it. */
const asGood = 0.95
const within = 0.75
/** Values further from the mean than this many mean deviations are outliers. */
const clip = 4

/** The values around their mean in units of their mean deviation, outliers cut off; undefined when they are all alike. */
const standardize = (values: Float64Array): Float64Array | undefined => {
  // Running means: a sum of large values would overflow.
  const mean = values.reduce((sofar, value, at) => sofar + (value - sofar) / (at + 1), 0)
  const deviation = values.reduce(
    (sofar, value, at) => sofar + (Math.abs(value - mean) - sofar) / (at + 1),
    0,
  )
  if (!(deviation > roundingError(Math.abs(mean)))) return undefined
  return values.map((value) => Math.max(-clip, Math.min(clip, (value - mean) / deviation)))
}

/** True when no lag around (an eighth to either side) correlates better. */
const isPeak = (r: Float64Array, lag: number): boolean => {
  const here = r[lag] ?? 0
  if (here <= (r[lag - 1] ?? 0) || here < (r[lag + 1] ?? 0)) return false
  const reach = Math.max(2, lag >> 3)
  return here >= r.subarray(Math.max(1, lag - reach), lag + reach + 1).reduce((a, b) => Math.max(a, b))
}

/** The lag between the samples at which the parabola through the peak is highest; whole when it nearly is. */
const refine = (r: Float64Array, lag: number): number => {
  const [before, here, after] = [r[lag - 1] ?? 0, r[lag] ?? 0, r[lag + 1] ?? 0]
  const bend = before - 2 * here + after
  const shift = bend < 0 ? (before - after) / (2 * bend) : 0
  return Math.abs(shift) < 0.2 ? lag : lag + shift
}

/** A peak many cycles on tells the length of a cycle better: its error is shared by all of them. */
const polish = (r: Float64Array, period: number): number => {
  let better = period
  for (let cycles = 2; cycles * better < r.length - 2; cycles *= 2) {
    const reach = Math.max(1, Math.round(better / 8))
    const from = Math.max(1, Math.round(cycles * better) - reach)
    const to = Math.min(r.length - 2, Math.round(cycles * better) + reach)
    let peak = from
    for (let lag = from; lag <= to; lag++) if ((r[lag] ?? 0) > (r[peak] ?? 0)) peak = lag
    // At the edge of where it may be, or faint, it is another peak, or none.
    if (peak === from || peak === to || (r[peak] ?? 0) < within * (r[Math.round(better)] ?? 0)) break
    better = refine(r, peak) / cycles
  }
  return better
}

/**
 * Periods of a series in rows (fractions are possible), at most two: the best by autocorrelation, and a shorter
 * season within it (a day within a week). Empty when nothing repeats. At least two cycles must be there to be seen.
 */
export const findPeriods = (values: Float64Array): number[] => {
  const standard = standardize(values)
  if (standard === undefined) return []
  const r = autocorrelation(standard)
  const rise = Math.max(leastRise, leastErrors / Math.sqrt(values.length))
  const peaks: number[] = []
  let lowest = 1
  for (let lag = 2; lag < r.length - 1; lag++) {
    const here = r[lag] ?? 0
    lowest = Math.min(lowest, here)
    if (here >= rise && here - lowest >= rise && isPeak(r, lag)) peaks.push(lag)
  }
  const best = peaks.reduce((most, lag) => Math.max(most, r[lag] ?? 0), 0)
  const shortest = (share: number) => peaks.find((lag) => (r[lag] ?? 0) >= share * best)
  const [long, short] = [shortest(asGood), shortest(within)]
  if (long === undefined || short === undefined) return []
  const period = polish(r, refine(r, long))
  if (short === long) return [period]
  // The longer lag tells the shorter season's length better, when that goes into it without remainder.
  const cycles = Math.round(long / short)
  return [period, Math.abs(long / short - cycles) < 0.1 ? period / cycles : polish(r, refine(r, short))]
}
