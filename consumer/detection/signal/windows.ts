import { findPeriods } from './period.ts'

/** The windows that a series is cut into: as long as its period, so that each of them holds one cycle. */
export interface Windows {
  /** In points. */
  readonly length: number
  /** In points; undefined where nothing repeats. */
  readonly period: number | undefined
  /** The same in words. */
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
    return { length, period, remark: `Nothing repeats: windows of ${length} points.` }
  }
  const times = Math.max(1, Math.ceil(shortest / period))
  const length = Math.max(2, Math.min(most, Math.round(period * times)))
  return {
    length,
    period,
    remark: `It repeats every ${Number(period.toFixed(1))} points: windows of ${length} points.`,
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

/**
 * Scores of windows, brought back to the points: each point has the mean of the windows that cover it. Window number k
 * covers the points k·stride to k·stride + length − 1; points behind the last window have its score. In O(n).
 */
export const spread = (
  scores: Float64Array,
  stride: number,
  length: number,
  points: number,
): Float64Array => {
  const spreadOut = new Float64Array(points)
  let sum = 0
  let first = 0
  let next = 0
  for (let at = 0; at < points; at++) {
    if (next < scores.length && next * stride <= at) sum += scores[next++] ?? 0
    while (first < next - 1 && first * stride + length <= at) sum -= scores[first++] ?? 0
    if (first === next - 1) sum = scores[first] ?? 0
    spreadOut[at] = Math.max(0, sum / (next - first))
  }
  return spreadOut
}
