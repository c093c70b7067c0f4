import { deviationOfSorted } from './sorted.ts'

export interface Rolling {
  readonly median: Float64Array
  /** The median absolute deviation around that median. */
  readonly mad: Float64Array
}

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

/**
 * Median and MAD of the `window` points around each point; the ends take the nearest whole window. An even window is made odd.
 * A sorted window that one value enters and one leaves a step: O(n log w) comparisons, and block moves of at most w numbers.
 */
export const rollingMedian = (values: Float64Array, window: number): Rolling => {
  const half = Math.floor(Math.min(window, values.length - 1) / 2)
  const width = 2 * half + 1
  const cells = new Float64Array(width + 1)
  const median = new Float64Array(values.length)
  const mad = new Float64Array(values.length)
  const insert = (value: number, length: number): void => {
    const place = placeOf(cells, length, value)
    cells.copyWithin(place + 1, place, length)
    cells[place] = value
  }
  for (let at = 0; at < width; at++) insert(values[at] ?? 0, at)
  for (let center = half; center < values.length - half; center++) {
    if (center > half) {
      const gone = placeOf(cells, width, values[center - half - 1] ?? 0)
      cells.copyWithin(gone, gone + 1, width)
      insert(values[center + half] ?? 0, width - 1)
    }
    const middle = cells[half] ?? 0
    median[center] = middle
    mad[center] = deviationOfSorted(cells, 0, width, middle)
  }
  for (const cells of [median, mad]) {
    cells.fill(cells[half] ?? 0, 0, half)
    cells.fill(cells[values.length - half - 1] ?? 0, values.length - half)
  }
  return { median, mad }
}
