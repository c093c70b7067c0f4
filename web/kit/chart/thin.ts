/**
 * Points for a line that is no wider than the screen: of each pixel's points the first, the least, the greatest and the last, in their order, so
 * that the drawn line is the same as with all of them (M4; Jugel et al., VLDB 2014). Pure.
 */

/** The first index at which ascending `xs` is not below `x`. */
export const lowerBound = (xs: ArrayLike<number>, x: number): number => {
  let low = 0
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((xs[middle] ?? Number.POSITIVE_INFINITY) < x) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Rows `from` to `to` (without it) thinned to `buckets` columns of equal width between the x of the first and the last. NaN is a gap: the
 * first and the last of a run of them are kept.
 */
export const thin = (
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  from: number,
  to: number,
  buckets: number,
): number[] => {
  const rows: number[] = []
  if (to - from <= 4 * buckets) {
    for (let row = from; row < to; row++) rows.push(row)
    return rows
  }
  const left = xs[from] ?? 0
  const width = ((xs[to - 1] ?? left) - left) / buckets || 1
  let row = from
  for (let bucket = 0; bucket < buckets && row < to; bucket++) {
    const end = bucket === buckets - 1 ? Number.POSITIVE_INFINITY : left + (bucket + 1) * width
    const first = row
    let least = -1
    let greatest = -1
    let gap = -1
    for (; row < to && (xs[row] ?? 0) < end; row++) {
      const y = ys[row] ?? Number.NaN
      if (Number.isNaN(y)) {
        if (gap < 0) gap = row
        continue
      }
      if (least < 0 || y < (ys[least] ?? 0)) least = row
      if (greatest < 0 || y > (ys[greatest] ?? 0)) greatest = row
    }
    if (row === first) continue
    // In their order, each once; no arrays of their own, since this runs for every frame.
    let next = first
    while (next < row) {
      rows.push(next)
      let after = next === row - 1 ? row : row - 1
      if (least > next && least < after) after = least
      if (greatest > next && greatest < after) after = greatest
      if (gap > next && gap < after) after = gap
      next = after
    }
  }
  return rows
}

/** Of each of `buckets` columns the greatest alone: for a strip of which only the peaks matter. Rows `from` to `to` (without it); NaN is no peak. */
export const peaks = (
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  from: number,
  to: number,
  buckets: number,
): number[] => {
  const rows: number[] = []
  const left = xs[from] ?? 0
  const width = ((xs[to - 1] ?? left) - left) / buckets || 1
  let bucket = -1
  for (let row = from; row < to; row++) {
    const y = ys[row] ?? Number.NaN
    if (Number.isNaN(y)) continue
    const at = Math.floor(((xs[row] ?? 0) - left) / width)
    const last = rows.length - 1
    if (at !== bucket) rows.push(row)
    else if (y > (ys[rows[last] ?? row] ?? 0)) rows[last] = row
    bucket = at
  }
  return rows
}
