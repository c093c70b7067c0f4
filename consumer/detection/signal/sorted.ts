/** Order statistics of numbers that are sorted already: the slice from `low` (included) to `high` (excluded). */

/** The median of a sorted slice. */
export const medianOfSorted = (sorted: Float64Array, low: number, high: number): number => {
  const [a, b] = [sorted[(low + high - 1) >> 1] ?? 0, sorted[(low + high) >> 1] ?? 0]
  return a + (b - a) / 2
}

/** The k-th smallest distance, from 0, of a sorted slice to a centre: of two sorted sequences, left and right of it. O(log n). */
const distanceAt = (sorted: Float64Array, low: number, high: number, center: number, k: number): number => {
  let middle = low
  for (let end = high; middle < end; ) {
    const half = (middle + end) >> 1
    if ((sorted[half] ?? 0) < center) middle = half + 1
    else end = half
  }
  const left = (taken: number): number =>
    taken < 0
      ? Number.NEGATIVE_INFINITY
      : taken < middle - low
        ? center - (sorted[middle - 1 - taken] ?? 0)
        : Number.POSITIVE_INFINITY
  const right = (taken: number): number =>
    taken < 0
      ? Number.NEGATIVE_INFINITY
      : taken < high - middle
        ? (sorted[middle + taken] ?? 0) - center
        : Number.POSITIVE_INFINITY
  // How many of the k + 1 nearest lie to the left.
  let from = Math.max(0, k + 1 - (high - middle))
  let to = Math.min(k + 1, middle - low)
  while (from < to) {
    const taken = (from + to) >> 1
    if (left(taken) < right(k - taken)) from = taken + 1
    else to = taken
  }
  return Math.max(left(from - 1), right(k - from))
}

/** The median distance of a sorted slice to a centre: with its median as the centre the median absolute deviation (MAD). O(log n). */
export const deviationOfSorted = (
  sorted: Float64Array,
  low: number,
  high: number,
  center: number,
): number => {
  const length = high - low
  const upper = distanceAt(sorted, low, high, center, length >> 1)
  if (length % 2 === 1) return upper
  return (distanceAt(sorted, low, high, center, (length >> 1) - 1) + upper) / 2
}

/** Of a normal distribution the standard deviation is this many MADs (1/Φ⁻¹(¾)). */
export const SIGMA_PER_MAD = 1.482602218505602
