/**
 * Volume under the surface of precision and recall (VUS-PR): how well a score ranks anomalous rows before usual ones, with labels
 * that may be off by some rows. Paparrizos, Boniol, Palpanas, Tsay, Elmore and Franklin, "Volume Under the Surface: A New Accuracy
 * Evaluation Measure for Time-Series Anomaly Detection", PVLDB 15(11), 2022.
 *
 * For each buffer ℓ from 0 to L the labels fade out over ⌊ℓ/2⌋ rows to both sides, at distance d as √(1 − d/ℓ), and an area under
 * the curve of precision and recall is taken, with a recall that is multiplied by the share of the (widened) ranges in which
 * anything is found. The volume is the mean of the areas. As the authors' own program has it in TSB-AD (Liu and Paparrizos, "The
 * Elephant in the Room", NeurIPS 2024): thresholds are 250 of the scores, evenly by rank, and the positives are the mean of the
 * labelled rows and of those plus what was found of the fading ones.
 *
 * O(n log n + L · (labelled rows + L · ranges)) time: for each ℓ, the rows that count are summed by the rank of their score.
 */
import { type Range, runsOf } from './ranges.ts'

const THRESHOLDS = 250

/** The index of the first threshold that a row reaches, one a row, and how many rows reach each. */
const rankRows = (scores: ArrayLike<number>): { firstOf: Uint16Array; reached: Uint32Array } => {
  const rows = scores.length
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0),
  )
  const thresholds = Float64Array.from(
    { length: THRESHOLDS },
    (_, at) => scores[order[Math.trunc((at * (rows - 1)) / (THRESHOLDS - 1))] ?? 0] ?? 0,
  )
  const firstOf = new Uint16Array(rows)
  const reached = new Uint32Array(THRESHOLDS)
  let first = 0
  let at = 0
  for (const row of order) {
    const score = scores[row] ?? 0
    while (first < THRESHOLDS - 1 && score < (thresholds[first] ?? 0)) reached[first++] = at
    firstOf[row] = first
    at++
  }
  reached.fill(rows, first)
  return { firstOf, reached }
}

/** What the labels become with the buffer: in each row from 0 to 1. */
const fade = (rows: number, ranges: readonly Range[], buffer: number): Float64Array => {
  const labels = new Float64Array(rows)
  const half = buffer >> 1
  const mark = (row: number, weight: number): void => {
    if (row >= 0 && row < rows) labels[row] = Math.min(1, (labels[row] ?? 0) + weight)
  }
  for (const { start, end } of ranges) {
    labels.fill(1, start, end + 1)
    for (let away = 1; away <= half; away++) {
      const weight = Math.sqrt(1 - away / buffer)
      mark(start - away, weight)
      mark(end + away, weight)
    }
  }
  return labels
}

/** The ranges with half of the buffer on both sides; those that then touch or overlap are one. */
const widen = (rows: number, ranges: readonly Range[], buffer: number): Range[] => {
  const half = buffer >> 1
  const wide: { start: number; end: number }[] = []
  for (const { start, end } of ranges) {
    const last = wide.at(-1)
    if (last !== undefined && last.end >= start - half) last.end = Math.min(rows - 1, end + half)
    else wide.push({ start: Math.max(0, start - half), end: Math.min(rows - 1, end + half) })
  }
  return wide
}

/** The area under the curve with one buffer. */
const areaWith = (
  ranges: readonly Range[],
  buffer: number,
  { firstOf, reached }: ReturnType<typeof rankRows>,
): number => {
  const rows = firstOf.length
  const labels = fade(rows, ranges, buffer)
  const wide = widen(rows, ranges, buffer)
  /** By the first threshold: labels that it adds, of them those of the ranges themselves, and ranges it finds. */
  const found = new Float64Array(THRESHOLDS)
  const certain = new Float64Array(THRESHOLDS)
  const ranged = new Float64Array(THRESHOLDS)
  let positives = 0
  for (const { start, end } of wide) {
    let soonest = THRESHOLDS - 1
    for (let row = start; row <= end; row++) {
      const first = firstOf[row] ?? 0
      found[first] = (found[first] ?? 0) + (labels[row] ?? 0)
      soonest = Math.min(soonest, first)
    }
    ranged[soonest] = (ranged[soonest] ?? 0) + 1
  }
  for (const { start, end } of ranges) {
    positives += end - start + 1
    for (let row = start; row <= end; row++) {
      const first = firstOf[row] ?? 0
      certain[first] = (certain[first] ?? 0) + 1
    }
  }
  let [truth, sure, existing, recalled, area] = [0, 0, 0, 0, 0]
  for (let at = 0; at < THRESHOLDS; at++) {
    truth += found[at] ?? 0
    sure += certain[at] ?? 0
    existing += ranged[at] ?? 0
    const all = (positives + positives + truth - sure) / 2
    const recall = (Math.min(1, truth / all) * existing) / wide.length
    area += (recall - recalled) * (truth / (reached[at] ?? 1))
    recalled = recall
  }
  return area
}

/**
 * VUS-PR, about from 0 to 1 (best). `mask` is 1 in labelled rows; `buffer` is L, in rows: see `bufferOf`. NaN where no row is
 * labelled: there is nothing to be found.
 */
export const vusPr = (mask: ArrayLike<number>, scores: ArrayLike<number>, buffer: number): number => {
  const ranges = runsOf(scores.length, (row) => (mask[row] ?? 0) > 0)
  if (ranges.length === 0) return Number.NaN
  const ranked = rankRows(scores)
  let volume = 0
  for (let width = 0; width <= buffer; width++) volume += areaWith(ranges, width, ranked)
  return volume / (buffer + 1)
}
