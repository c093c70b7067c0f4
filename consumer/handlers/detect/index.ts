/**
 * The job type `detect`: finds the anomalies of a time series. A row's score depends on the rows before it alone, as
 * if they had arrived one by one; what a detector is, and which there are, is in detectors.ts.
 */
import { defineHandler, z } from '../../../core/handler.ts'
import { flaggedRanges } from '../../detection/ranges.ts'
import type { FlaggedRange as Range } from '../../detection/report.ts'
import { type DetectorName, defaultDetector, detectorNames, detectors } from './detectors.ts'
import { columnsOf, type Series, seriesSchema } from './series.ts'

/**
 * No detector knows a series at its beginning, so nothing is flagged in the first 15 % of the rows, at most 750: the
 * probationary period of the Numenta Anomaly Benchmark (Lavin and Ahmad, ICMLA 2015).
 */
export const probationOf = (rows: number): number => Math.min(750, Math.ceil(0.15 * rows))

/** Rows that may lie unflagged between the flagged rows of one anomaly. */
export const mergeGap = 16

/** Scores are rounded to this many units of 1, so that results stay small. */
const units = 10_000

export interface DetectPayload {
  readonly series: Series
  readonly detector?: DetectorName | undefined
  /** Score from which on a row is flagged; the detector's own when absent. */
  readonly threshold?: number | undefined
}

export interface Anomaly extends Range {
  /** As in the payload, where it has timestamps. */
  readonly startTimestamp?: string | number | undefined
  readonly endTimestamp?: string | number | undefined
}

export interface DetectResult {
  readonly detector: DetectorName
  /** What the detector ran with, and `threshold`, `probation` and `mergeGap` (both in rows). */
  readonly parameters: Readonly<Record<string, number>>
  /** Number of anomalies. */
  readonly count: number
  readonly anomalies: readonly Anomaly[]
  /** One a row, from 0 (usual) to 1. */
  readonly scores: readonly number[]
}

/** Detects the anomalies of a series. */
export const detect = (payload: DetectPayload): DetectResult => {
  const { values, timestamps, timesMs } = columnsOf(payload.series)
  const name = payload.detector ?? defaultDetector
  const detector = detectors[name]
  const threshold = payload.threshold ?? detector.threshold
  const probation = probationOf(values.length)
  const detection = detector.create()
  const scores = values.map((value, row) => {
    const score = detection.update(value, timesMs?.[row])
    return row < probation ? 0 : Math.round(score * units) / units
  })
  const anomalies = flaggedRanges(scores, threshold, mergeGap).map((range) => ({
    ...range,
    ...(timestamps && { startTimestamp: timestamps[range.start], endTimestamp: timestamps[range.end] }),
  }))
  return {
    detector: name,
    parameters: { threshold, probation, mergeGap, ...detector.parameters },
    count: anomalies.length,
    anomalies,
    scores,
  }
}

const choices = detectorNames.map((name) => `${name}: ${detectors[name].description}`).join(' ')

export default defineHandler({
  type: 'detect',
  description: 'Finds the anomalies of a time series: ranges of rows, and a score from 0 to 1 for every row.',
  thread: true,
  schema: z.strictObject({
    series: seriesSchema,
    detector: z
      .enum(detectorNames)
      .optional()
      .describe(`The detector, ${defaultDetector} by default. ${choices}`),
    threshold: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe('Score from which on a row is flagged; by default what the detector recommends.'),
  }),
  run: detect,
})
