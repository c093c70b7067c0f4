/**
 * Precision and recall of ranges: Tatbul, Lee, Zdonik, Alam and Gottschlich, "Precision and Recall for Time Series", NeurIPS 2018;
 * with α = 0 (no reward for merely touching a range), a flat bias (each row of a range counts alike) and the reciprocal cardinality
 * factor (a range that is hit by x others is worth 1/x).
 */
import { type Range, runsOf } from './ranges.ts'

export interface RangeScore {
  readonly precision: number
  readonly recall: number
  /** Their harmonic mean; 0 where both are 0. */
  readonly f1: number
  readonly threshold: number
}

/** Mean over `of` of the share of rows that are in one of `by` too, divided by how many of those there are; 0 of none. */
const meanOverlap = (of: readonly Range[], by: readonly Range[]): number => {
  let sum = 0
  let from = 0
  for (const { start, end } of of) {
    while ((by[from]?.end ?? Number.POSITIVE_INFINITY) < start) from++
    let overlap = 0
    let hits = 0
    for (let at = from; (by[at]?.start ?? Number.POSITIVE_INFINITY) <= end; at++) {
      const other = by[at]
      if (other === undefined) break
      overlap += Math.min(end, other.end) - Math.max(start, other.start) + 1
      hits++
    }
    if (hits > 0) sum += overlap / (end - start + 1) / hits
  }
  return of.length === 0 ? 0 : sum / of.length
}

/** Of flagged ranges, with labelled ranges: each in order and without overlap. O(n) of them. */
export const rangeScore = (
  labelled: readonly Range[],
  flagged: readonly Range[],
): Omit<RangeScore, 'threshold'> => {
  const precision = meanOverlap(flagged, labelled)
  const recall = meanOverlap(labelled, flagged)
  return {
    precision,
    recall,
    f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
  }
}

/** Rows that score the threshold or more, as ranges. */
export const flaggedAt = (scores: ArrayLike<number>, threshold: number): Range[] =>
  runsOf(scores.length, (row) => (scores[row] ?? 0) >= threshold)

export const rangeScoreAt = (
  labelled: readonly Range[],
  scores: ArrayLike<number>,
  threshold: number,
): RangeScore => ({ ...rangeScore(labelled, flaggedAt(scores, threshold)), threshold })

/** Thresholds that are tried: that flag from one row to half of them, in equal ratios. */
const TRIED = 40

/** With the threshold that is best in hindsight: what the ranking could give to who knew it. O(n log n). */
export const bestRangeScore = (labelled: readonly Range[], scores: ArrayLike<number>): RangeScore => {
  const sorted = Float64Array.from(scores).sort().reverse()
  let best: RangeScore = { precision: 0, recall: 0, f1: 0, threshold: Number.POSITIVE_INFINITY }
  for (let at = 0; at < TRIED; at++) {
    const rank = Math.floor((sorted.length / 2) ** (at / (TRIED - 1)))
    const tried = rangeScoreAt(labelled, scores, sorted[rank - 1] ?? 0)
    if (tried.f1 > best.f1) best = tried
  }
  return best
}
