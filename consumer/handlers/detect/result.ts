/** A report as the result of a job: by the rows as they came, rounded, so that 100,000 points stay below what a result may take. */
import type { Band, Parameters } from '../../detection/detector.ts'
import type { Prepared } from '../../detection/prepare.ts'
import type { FlaggedRange, Report, ThresholdMeaning } from '../../detection/report.ts'
import type { Timestamp } from './series.ts'

/** Rows of the payload; where it has timestamps, in the order of time. */
export interface Anomaly extends FlaggedRange {
  /** As in the payload, where it has timestamps. */
  readonly startTimestamp?: Timestamp | undefined
  readonly endTimestamp?: Timestamp | undefined
  readonly peakTimestamp?: Timestamp | undefined
}

type Rounded = readonly (number | null)[]

export interface DetectResult {
  /** The one that ran: of `auto`, the one it chose. */
  readonly detector: string
  readonly asked: string
  readonly threshold: ThresholdMeaning
  /** Others to choose from. */
  readonly thresholds: readonly ThresholdMeaning[]
  /** Number of anomalies. */
  readonly count: number
  /** In the order of time. */
  readonly anomalies: readonly Anomaly[]
  /** One a row, from 0 (usual) to below 1, to four digits. */
  readonly scores?: readonly number[]
  /** One a row, to six digits; null where the detector can't say. Of the first column. */
  readonly band?: { readonly expected: Rounded; readonly lower: Rounded; readonly upper: Rounded }
  /** What the detector ran with, and `probation` and `mergeGap`, both in points. */
  readonly parameters: Parameters
  readonly explanation: string
  /** What was done to the rows before, a sentence each. */
  readonly remarks: readonly string[]
}

const SCORE_UNITS = 10_000
const BAND_DIGITS = 6

const rounded = (score: number): number => Math.round(score * SCORE_UNITS) / SCORE_UNITS

/** The first and the last row, in the order of the payload, of each point. */
const rowsOf = (pointOfRow: Int32Array, points: number) => {
  const first = new Int32Array(points)
  const last = new Int32Array(points)
  for (let row = pointOfRow.length - 1; row >= 0; row--) first[pointOfRow[row] ?? 0] = row
  for (const [row, point] of pointOfRow.entries()) last[point] = row
  return { first, last }
}

const bandOf = ({ expected, lower, upper }: Band, pointOfRow: Int32Array) => {
  const eachRow = (cells: Float64Array): Rounded =>
    Array.from(pointOfRow, (point) => {
      const cell = cells[point] ?? Number.NaN
      return Number.isFinite(cell) ? Number(cell.toPrecision(BAND_DIGITS)) : null
    })
  return { expected: eachRow(expected), lower: eachRow(lower), upper: eachRow(upper) }
}

export interface ResultParts {
  readonly report: Report
  readonly prepared: Prepared
  readonly timestamps: readonly Timestamp[] | undefined
  readonly scores: boolean
  readonly band: boolean
}

export const resultOf = ({ report, prepared, timestamps, ...wanted }: ResultParts): DetectResult => {
  const { pointOfRow, remarks } = prepared
  const { first, last } = rowsOf(pointOfRow, report.scores.length)
  const anomalies = report.anomalies.map((range): Anomaly => {
    const [start, end, peak] = [first[range.start] ?? 0, last[range.end] ?? 0, first[range.peak] ?? 0]
    const times = timestamps && {
      startTimestamp: timestamps[start],
      endTimestamp: timestamps[end],
      peakTimestamp: timestamps[peak],
    }
    return { ...range, start, end, peak, score: rounded(range.score), ...times }
  })
  const { detector, asked, threshold, thresholds, parameters, explanation } = report
  return {
    detector,
    asked,
    threshold,
    thresholds,
    count: anomalies.length,
    anomalies,
    parameters,
    explanation,
    remarks,
    ...(wanted.scores && { scores: Array.from(pointOfRow, (point) => rounded(report.scores[point] ?? 0)) }),
    ...(wanted.band && report.band && { band: bandOf(report.band, pointOfRow) }),
  }
}
