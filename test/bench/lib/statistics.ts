/** What several rounds say together. */

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle of the values; between the two middle ones where their number is even. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

export const summarize = (values: readonly number[]): Summary => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/**
 * One contestant's values by another's, round by round: what slows the machine down for a while slows both of a round. Rounds that
 * one of them lacks are left out.
 */
export const ratios = (of: readonly number[], by: readonly number[]): number[] =>
  of.slice(0, by.length).map((value, round) => value / (by[round] ?? Number.NaN))
