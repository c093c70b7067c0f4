/**
 * The score of the Numenta benchmark: Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms – the Numenta Anomaly
 * Benchmark", ICMLA 2015; standard profile, at one threshold that is fixed beforehand, as its program has it (`nab/sweeper.py`):
 * the earliest detection in a window counts, the more the earlier; each detection outside costs, the more the further behind
 * the last window; a window without one costs 1. The first rows are for learning and count for nothing.
 */
import type { Range } from './ranges.ts'

const FALSE_ALARM_COST = 0.11
const MISSED_COST = 1
const PROBATION_SHARE = 0.15
const MOST_PROBATION_ROWS = 750
/** So many windows' lengths behind a window, a false alarm costs it all. */
const FAR = 3

export interface NabScore {
  readonly score: number
  /** Windows that count. */
  readonly windows: number
}

/** From −1 at a window's beginning over 0 at its end: from about 1 over 0 to −1. */
const sigmoid = (position: number): number => (position >= FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1)

/** Of the rows of one series: `windows` in order and without overlap. */
export const nabScore = (
  windows: readonly Range[],
  scores: ArrayLike<number>,
  threshold: number,
): NabScore => {
  const rows = scores.length
  const probation = Math.min(Math.floor(PROBATION_SHARE * rows), MOST_PROBATION_ROWS)
  const counting = windows.filter(({ end }) => end >= probation)
  const gains = new Map<Range, number>(counting.map((window) => [window, -MISSED_COST]))
  let costs = 0
  let next = 0
  for (let row = 0; row < rows; row++) {
    while ((windows[next]?.end ?? rows) < row) next++
    if (row < probation || !((scores[row] ?? 0) >= threshold)) continue
    const window = windows[next]
    if (window !== undefined && row >= window.start) {
      const gain = sigmoid(-(window.end - row + 1) / (window.end - window.start + 1)) / sigmoid(-1)
      gains.set(window, Math.max(gain, gains.get(window) ?? -MISSED_COST))
      continue
    }
    const before = windows[next - 1]
    const behind = before === undefined ? FAR : (row - before.end) / (before.end - before.start)
    costs += FALSE_ALARM_COST * sigmoid(behind)
  }
  return { score: [...gains.values()].reduce((sum, gain) => sum + gain, costs), windows: counting.length }
}

/** Over many series: 0 for who never alarms, 100 for who alarms at once and never for nothing. NaN without windows. */
export const normalizedNab = (scores: readonly NabScore[]): number => {
  const windows = scores.reduce((sum, each) => sum + each.windows, 0)
  const score = scores.reduce((sum, each) => sum + each.score, 0)
  return (100 * (score + MISSED_COST * windows)) / (windows * (1 + MISSED_COST))
}
