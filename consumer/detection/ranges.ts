/** Rows `start` to `end`, both included, of which the first and the last are flagged. */
export interface Range {
  readonly start: number
  readonly end: number
  /** The largest score within. */
  readonly score: number
}

/**
 * The ranges of rows that score `threshold` or more. Flagged rows with at most `mergeGap` rows between them that are
 * not flagged are one range: an anomaly is reported once, not once a row.
 */
export const flaggedRanges = (scores: readonly number[], threshold: number, mergeGap: number): Range[] => {
  const ranges: Range[] = []
  for (const [row, score] of scores.entries()) {
    if (score < threshold) continue
    const last = ranges.at(-1)
    if (last !== undefined && row - last.end - 1 <= mergeGap) {
      ranges[ranges.length - 1] = { start: last.start, end: row, score: Math.max(last.score, score) }
    } else {
      ranges.push({ start: row, end: row, score })
    }
  }
  return ranges
}
