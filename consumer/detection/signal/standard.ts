import { roundingError } from './rounding.ts'

/** The shares of the values below and above which a value may be an anomaly, and how far the others' range is widened. */
const tail = 0.01
const widened = 0.5
/** As many values, evenly taken, tell the quantiles. */
const enough = 100_000
/** Further out nothing is told apart; squares and sums of what is left don't overflow. */
const farthest = 1e6

export interface Standard {
  /** (value − mean) / deviation, within ±10⁶; all 0 where the values are alike. */
  readonly values: Float64Array
  /** What a usual value is within, in the same units: to learn from no more than that. */
  readonly lowest: number
  readonly highest: number
  /** Back into the values' own units: value = mean + deviation · standard. */
  readonly mean: number
  readonly deviation: number
}

/**
 * Values in units of their standard deviation around their mean, of which neither is moved by outliers: for both, what is
 * outside of the middle 98 %, widened by half its length on either side, counts as the border (winsorizing; Tukey, "The
 * future of data analysis", Annals of Mathematical Statistics 33(1), 1962). Where the middle 98 % are alike it is all of
 * the range. In O(n).
 */
export const standardize = (values: Float64Array): Standard => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const unit = largest > 0 ? largest : 1
  const every = Math.ceil(values.length / enough)
  const sample = Float64Array.from(
    { length: Math.ceil(values.length / every) },
    (_, at) => (values[at * every] ?? 0) / unit,
  ).sort()
  const skipped = Math.floor(sample.length * tail)
  let low = sample[skipped] ?? 0
  let high = sample[sample.length - 1 - skipped] ?? 0
  if (!(high - low > roundingError(1))) {
    low = values.reduce((least, value) => Math.min(least, value / unit), 1)
    high = values.reduce((most, value) => Math.max(most, value / unit), -1)
  }
  const reach = (high - low) * widened
  const bounded = (value: number): number => Math.max(low - reach, Math.min(high + reach, value / unit))
  const mean = values.reduce((sum, value) => sum + bounded(value), 0) / values.length
  const square = values.reduce((sum, value) => sum + (bounded(value) - mean) ** 2, 0) / values.length
  const deviation = Math.sqrt(square)
  if (!(deviation > roundingError(Math.abs(mean)))) {
    return { values: new Float64Array(values.length), lowest: 0, highest: 0, mean: mean * unit, deviation: 0 }
  }
  return {
    values: values.map((value) => Math.max(-farthest, Math.min(farthest, (value / unit - mean) / deviation))),
    lowest: (low - reach - mean) / deviation,
    highest: (high + reach - mean) / deviation,
    mean: mean * unit,
    deviation: deviation * unit,
  }
}
