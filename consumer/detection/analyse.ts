/** A series and the name of a detector in, a report out. */
import { AppError } from '../../core/errors.ts'
import { type Choice, choose, DEFAULT_DETECTOR } from './catalogue.ts'
import type { Input } from './detector.ts'
import { explain } from './explain.ts'
import { flaggedRanges, MERGE_GAP, rangesOfEvents } from './ranges.ts'
import type { Report, ThresholdMeaning } from './report.ts'
import { DEFAULT_THRESHOLDS, expectedFalseAlarms, scoreOf } from './score.ts'
import { scorePoints } from './score-points.ts'
import { alarmsOnce } from './streaming/suppress.ts'

export interface AnalyseOptions {
  /** The name of a detector, or of a way to choose one; {@link DEFAULT_DETECTOR} where absent. */
  readonly detector?: string | undefined
  /** Over 0, below 1; that of {@link DEFAULT_THRESHOLDS} where absent. */
  readonly threshold?: number | undefined
}

/** Expected false alarms in 10,000 points of the thresholds to choose from. */
const CHOICES = [0.1, 1, 10, 100]

const meaningOf = (score: number): ThresholdMeaning => ({
  score,
  expectedFalseAlarms: expectedFalseAlarms(score),
})

/** Before the series is looked at. @throws AppError REQUEST_INVALID */
const checkThreshold = ({ threshold }: AnalyseOptions): void => {
  if (threshold === undefined || (threshold > 0 && threshold < 1)) return
  throw new AppError('REQUEST_INVALID', `threshold: must be over 0 and below 1, is ${threshold}`)
}

/** @throws AppError REQUEST_INVALID naming the limit */
const checkLength = ({ detector }: Choice, points: number): void => {
  const { name, minPoints, maxPoints } = detector
  if (points >= minPoints && points <= maxPoints) return
  const limits = `${minPoints} to ${maxPoints.toLocaleString('en')} points`
  throw new AppError(
    'REQUEST_INVALID',
    `series: ${name} takes ${limits}, it has ${points.toLocaleString('en')}`,
  )
}

/**
 * Finds the anomalies of a series.
 * @throws AppError REQUEST_INVALID for an unknown detector, a threshold outside 0 to 1, and a series that is too short or too long
 */
export const analyse = (input: Input, options: AnalyseOptions = {}): Report => {
  const { detector: asked = DEFAULT_DETECTOR } = options
  checkThreshold(options)
  const choice = choose(asked, input)
  const { threshold = DEFAULT_THRESHOLDS[choice.detector.kind] } = options
  checkLength(choice, input.filled.length)
  const scored = scorePoints(choice.detector, input)
  const { band, parameters } = scored
  // The default is there to wake people up, once an event. What ranges say of an event is all that was seen of it.
  const once = choice.detector.name === DEFAULT_DETECTOR
  const scores = once ? alarmsOnce(scored.scores, threshold) : scored.scores
  const flagged = flaggedRanges(scored.scores, threshold, MERGE_GAP)
  const ranges = once ? rangesOfEvents(flagged, scores, threshold) : flagged
  const apart = input.columns.length > 1 && !choice.detector.multivariate
  const anomalies = apart
    ? ranges.map((range) => ({
        ...range,
        column: input.columns[scored.columnOf[range.peak] ?? 0]?.name ?? '',
      }))
    : ranges
  const about = { input, choice, scored, anomalies, threshold: meaningOf(threshold) }
  return {
    detector: choice.detector.name,
    asked,
    scores,
    threshold: about.threshold,
    thresholds: CHOICES.map((alarms) => meaningOf(scoreOf(alarms / 10_000))),
    anomalies,
    ...(band && { band }),
    parameters: { ...parameters, mergeGap: MERGE_GAP },
    explanation: explain(about),
  }
}
