/** What a person on call sees at a threshold: which anomalies were found at all, and how often the alarm was for nothing. */
import { type Range, runsOf } from './ranges.ts'

export interface EventScore {
  readonly found: number
  readonly missed: number
  /** Alarms that overlap no label. */
  readonly falseAlarms: number
  /** Rows that are flagged and not labelled, and rows that are not labelled. */
  readonly falseRows: number
  readonly usualRows: number
}

/** Flagged rows with at most so many rows between them are one alarm. */
export const ONE_ALARM_ROWS = 10

const overlaps = (a: Range, b: Range): boolean => a.start <= b.end && b.start <= a.end

export const eventScore = (
  labelled: readonly Range[],
  scores: ArrayLike<number>,
  threshold: number,
): EventScore => {
  const isFlagged = (row: number): boolean => (scores[row] ?? 0) >= threshold
  const alarms = runsOf(scores.length, isFlagged, ONE_ALARM_ROWS)
  const found = labelled.filter((label) => alarms.some((alarm) => overlaps(alarm, label))).length
  let usualRows = scores.length
  let falseRows = 0
  for (let row = 0; row < scores.length; row++) if (isFlagged(row)) falseRows++
  for (const { start, end } of labelled) {
    usualRows -= end - start + 1
    for (let row = start; row <= end; row++) if (isFlagged(row)) falseRows--
  }
  return {
    found,
    missed: labelled.length - found,
    falseAlarms: alarms.filter((alarm) => !labelled.some((label) => overlaps(alarm, label))).length,
    falseRows,
    usualRows,
  }
}

/** F1 of events, over one series or the sums of many: each anomaly found is one right, whatever the number of its alarms. */
export const eventF1 = ({ found, missed, falseAlarms }: EventScore): number =>
  found === 0 ? 0 : (2 * found) / (2 * found + falseAlarms + missed)
