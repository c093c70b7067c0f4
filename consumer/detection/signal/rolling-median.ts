import { deviationOfSorted } from './sorted.ts'

/** The place of the first of `length` sorted cells that is not below the value. */
const placeOf = (cells: Float64Array, length: number, value: number): number => {
  let low = 0
  for (let high = length; low < high; ) {
    const middle = (low + high) >> 1
    if ((cells[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Says something of a whole window: its points, sorted, and its median. */
type Statistic = (sorted: Float64Array, median: number) => number

/**
 * A statistic of the `window` points around each point; the ends take the nearest whole window. An even window is made odd.
 * A sorted window that one value enters and one leaves a step: O(n log w) comparisons, and block moves of at most w numbers.
 */
const rolling = (values: Float64Array, window: number, statistics: readonly Statistic[]): Float64Array[] => {
  const half = Math.floor(Math.min(window, values.length - 1) / 2)
  const width = 2 * half + 1
  const cells = new Float64Array(width + 1)
  const whole = cells.subarray(0, width)
  const insert = (value: number, length: number): void => {
    const place = placeOf(cells, length, value)
    cells.copyWithin(place + 1, place, length)
    cells[place] = value
  }
  const results = statistics.map(() => new Float64Array(values.length))
  for (let at = 0; at < width; at++) insert(values[at] ?? 0, at)
  for (let center = half; center < values.length - half; center++) {
    if (center > half) {
      const gone = placeOf(cells, width, values[center - half - 1] ?? 0)
      cells.copyWithin(gone, gone + 1, width)
      insert(values[center + half] ?? 0, width - 1)
    }
    for (let at = 0; at < results.length; at++) {
      const result = results[at]
      if (result) result[center] = statistics[at]?.(whole, cells[half] ?? 0) ?? 0
    }
  }
  for (const result of results) {
    result.fill(result[half] ?? 0, 0, half)
    result.fill(result[values.length - half - 1] ?? 0, values.length - half)
  }
  return results
}

const middle: Statistic = (_, median) => median
const deviation: Statistic = (sorted, median) => deviationOfSorted(sorted, 0, sorted.length, median)
const NONE = new Float64Array(0)

/** The median of the `window` points around each point; see above for ends and cost. */
export const rollingMedian = (values: Float64Array, window: number): Float64Array =>
  rolling(values, window, [middle])[0] ?? NONE

/** The same, and the median absolute deviation around it. */
export const rollingSpread = (
  values: Float64Array,
  window: number,
): { readonly median: Float64Array; readonly mad: Float64Array } => {
  const [median = NONE, mad = NONE] = rolling(values, window, [middle, deviation])
  return { median, mad }
}
