/** The value below which this share of ascending values lies, between two of them by proportion; 0 of none. */
export const quantile = (ascending: Float64Array, share: number): number => {
  const position = share * (ascending.length - 1)
  const low = ascending[Math.floor(position)] ?? 0
  const high = ascending[Math.ceil(position)] ?? low
  return low + (high - low) * (position - Math.floor(position))
}

/** The middle of the values, which stay as they are; 0 of none. Costs O(n log n). */
export const median = (values: Float64Array): number => quantile(values.slice().sort(), 0.5)
