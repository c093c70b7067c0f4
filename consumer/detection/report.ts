/** What an analysis says of a series: the same shape whatever the detector. */
import type { Band, Parameters } from './detector.ts'

/** How improbable an anomaly's strangest point is: `minor` up to p = 10⁻⁴, `major` up to 10⁻⁶, `critical` beyond. */
export type Severity = 'minor' | 'major' | 'critical'

/** Points `start` to `end`, both included, of which the first and the last are flagged. */
export interface FlaggedRange {
  readonly start: number
  readonly end: number
  /** The strangest point within, and its score. */
  readonly peak: number
  readonly score: number
  readonly severity: Severity
  /** Where several columns were judged each by itself: the one that is strangest at the peak. */
  readonly column?: string
}

/** A score one could flag from, and what that costs. */
export interface ThresholdMeaning {
  readonly score: number
  /** Of 10,000 points that are usual, how many are expected to be flagged. */
  readonly expectedFalseAlarms: number
}

export interface Report {
  /** The one that ran: of `auto`, the one it chose. */
  readonly detector: string
  /** What was asked for. */
  readonly asked: string
  /** One a point, from 0 (usual) to below 1; their meaning: score.ts. */
  readonly scores: Float64Array
  readonly threshold: ThresholdMeaning
  /** Others to choose from: 0.1, 1, 10 and 100 expected false alarms in 10,000 points. */
  readonly thresholds: readonly ThresholdMeaning[]
  /** In the order of time. */
  readonly anomalies: readonly FlaggedRange[]
  readonly band?: Band
  readonly parameters: Parameters
  /** What was found and how, in words; of `auto` also why it chose so. */
  readonly explanation: string
}
