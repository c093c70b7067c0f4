import type { FlaggedRange, Severity } from './report.ts'
import { probabilityOf } from './score.ts'

/** Points that may lie unflagged between the flagged points of one anomaly. */
export const MERGE_GAP = 16

/** The severities above `minor`, each with the probability below which it begins. */
const MAJOR_BELOW = 1e-4
const CRITICAL_BELOW = 1e-6

export const severityOf = (score: number): Severity => {
  const probability = probabilityOf(score)
  if (probability < CRITICAL_BELOW) return 'critical'
  return probability < MAJOR_BELOW ? 'major' : 'minor'
}

/**
 * The ranges of points that score `threshold` or more. Flagged points with at most `mergeGap` points between them that are
 * not flagged are one range: an anomaly is reported once, not once a point.
 */
export const flaggedRanges = (
  scores: ArrayLike<number>,
  threshold: number,
  mergeGap: number,
): FlaggedRange[] => {
  const ranges: FlaggedRange[] = []
  for (let point = 0; point < scores.length; point++) {
    const score = scores[point] ?? 0
    if (score < threshold) continue
    const last = ranges.at(-1)
    if (last === undefined || point - last.end - 1 > mergeGap) {
      ranges.push({ start: point, end: point, peak: point, score, severity: severityOf(score) })
    } else {
      const top = score > last.score ? { peak: point, score, severity: severityOf(score) } : {}
      ranges[ranges.length - 1] = { ...last, ...top, end: point }
    }
  }
  return ranges
}

/** Ranges that begin with an alarm (a score of `threshold` in `told`) are events; others belong to the one before. */
export const rangesOfEvents = (
  ranges: readonly FlaggedRange[],
  told: ArrayLike<number>,
  threshold: number,
): FlaggedRange[] => {
  const events: FlaggedRange[] = []
  for (const range of ranges) {
    const last = events.at(-1)
    if (last === undefined || (told[range.start] ?? 0) >= threshold) events.push(range)
    else
      events[events.length - 1] = {
        ...(range.score > last.score ? range : last),
        start: last.start,
        end: range.end,
      }
  }
  return events
}
