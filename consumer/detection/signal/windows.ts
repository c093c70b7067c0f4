import { findPeriods } from './period.ts'

/** The windows that a series is cut into: as long as its period, so that each of them holds one cycle. */
export interface Windows {
  /** In points. */
  readonly length: number
  /** In points; undefined where nothing repeats. */
  readonly period: number | undefined
  /** The period in words. */
  readonly remark: string
}

/** Shorter windows hold too little of a shape. */
const shortest = 8
/** As long as where nothing repeats; the TSB-AD benchmark takes 125. */
const usual = 100
/** In a longer series the period is looked for in so many points of its middle. */
const enough = 2 ** 16
/** A series has room for so many windows one after the other, at least. */
const cycles = 5

/**
 * The windows for a series: of the autocorrelation's best period (Liu and Paparrizos, "The Elephant in the Room: Towards a
 * reliable time-series anomaly detection benchmark", NeurIPS 2024), or `usual` points long where there is none. A
 * period of less than 8 points is taken several times, one of which the series has less than 5 in part.
 */
export const windowsOf = (values: Float64Array, longest: number): Windows => {
  const most = Math.max(2, Math.min(longest, Math.floor(values.length / cycles)))
  const skipped = Math.max(0, Math.floor((values.length - enough) / 2))
  const periods = findPeriods(values.subarray(skipped, skipped + enough))
  const fitting = periods.find((each) => Math.round(each) <= most)
  const period = fitting ?? periods[0]
  if (period === undefined) {
    const length = Math.min(usual, most)
    return { length, period, remark: 'Nothing repeats.' }
  }
  const times = Math.max(1, Math.ceil(shortest / period))
  const length = Math.max(2, Math.min(most, Math.round(period * times)))
  return {
    length,
    period,
    remark: `It repeats every ${Number(period.toFixed(1))} points.`,
  }
}

/** The means of the windows that begin at each point: as many as fit. In O(n). */
export const movingMeans = (values: Float64Array, length: number): Float64Array => {
  const means = new Float64Array(Math.max(0, values.length - length + 1))
  // Each block of `length` points is summed anew: what large values lose in rounding isn't carried along.
  for (let block = 0; block < means.length; block += length) {
    let sum = 0
    for (let at = block; at < block + length; at++) sum += values[at] ?? 0
    const end = Math.min(means.length, block + length)
    for (let at = block; at < end; at++) {
      means[at] = sum / length
      sum += (values[at + length] ?? 0) - (values[at] ?? 0)
    }
  }
  return means
}

/** Sums of `length` values in a row, from each on; only added, so that next to large values small ones aren't lost. In O(n). */
const movingSums = (values: Float64Array, length: number): Float64Array => {
  const count = values.length - length + 1
  // Within blocks as long as the windows: each window is the end of one block and the beginning of the next (van Herk, 1992).
  const toEnd = values.slice()
  const fromStart = values.slice()
  for (let at = values.length - 2; at >= 0; at--) {
    if ((at + 1) % length !== 0) toEnd[at] = (toEnd[at] ?? 0) + (toEnd[at + 1] ?? 0)
  }
  for (let at = 1; at < values.length; at++) {
    if (at % length !== 0) fromStart[at] = (fromStart[at] ?? 0) + (fromStart[at - 1] ?? 0)
  }
  const sums = toEnd.subarray(0, count)
  for (let at = 0; at < count; at++) {
    if (at % length !== 0) sums[at] = (sums[at] ?? 0) + (fromStart[at + length - 1] ?? 0)
  }
  return sums
}

/**
 * Scores of windows, one a window in the order of their beginnings, brought back to the points: each point has the power mean
 * (∑xᵖ / m)^(1/p) of the m windows that cover it. 1 is the mean; the more negative p, the more windows must agree that it is
 * strange, and the narrower the peak around an anomaly shorter than a window. The first and the last half window of points are covered
 * by few windows, of which the mean would vary more: they have that of the point half a window from the end. In O(n).
 */
export const spread = (scores: Float64Array, length: number, points: number, power: number): Float64Array => {
  const padded = new Float64Array(points + length - 1)
  for (let at = 0; at < scores.length; at++) padded[at + length - 1] = (scores[at] ?? 0) ** power
  const sums = movingSums(padded, length)
  for (let at = 0; at < points; at++) {
    const covering = Math.min(at + 1, length, scores.length, points - at)
    sums[at] = ((sums[at] ?? 0) / covering) ** (1 / power)
  }
  const half = Math.min(length, scores.length) >> 1
  sums.fill(sums[half] ?? 0, 0, half)
  sums.fill(sums[points - 1 - half] ?? 0, points - half)
  return sums
}
