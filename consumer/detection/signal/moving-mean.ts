/**
 * The means of the `width` values around each value, half of them before it, as if each beyond the ends were `beyond`: means of fewer
 * values would vary more than the others. In O(n).
 */
export const movingMean = (values: Float64Array, width: number, beyond: number): Float64Array => {
  const before = width >> 1
  const means = new Float64Array(values.length)
  // Each block is summed anew: what large values lose in rounding isn't carried along.
  for (let block = 0; block < values.length; block += width) {
    let from = Math.max(0, block - before)
    let to = from
    let sum = 0
    for (let at = block; at < Math.min(values.length, block + width); at++) {
      while (to < Math.min(values.length, at - before + width)) sum += values[to++] ?? 0
      while (from < at - before) sum -= values[from++] ?? 0
      means[at] = (sum + (width - (to - from)) * beyond) / width
    }
  }
  return means
}
