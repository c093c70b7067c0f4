/** A report by the rows as they came, as JSON; rounded, so that 100,000 rows stay well below what a job's result may take. */
import type { Band, Parameters } from './detector.ts'
import type { Prepared } from './prepare.ts'
import type { FlaggedRange, Report, ThresholdMeaning } from './report.ts'

export type Timestamp = string | number

/** Rows as they came, from 0; where there are timestamps, `start` is the first in time. */
export interface Anomaly extends FlaggedRange {
  /** As they came, where there are any. */
  readonly startTimestamp?: Timestamp | undefined
  readonly endTimestamp?: Timestamp | undefined
  readonly peakTimestamp?: Timestamp | undefined
}

type Rounded = readonly (number | null)[]

export interface RowReport {
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

/** The first and the last row, of each point. */
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

export interface ByRowParts {
  readonly report: Report
  readonly prepared: Prepared
  /** The timestamp of a row, as it came; where there are timestamps. */
  readonly timestampOf: ((row: number) => Timestamp | undefined) | undefined
  /** What is wanted in the result. */
  readonly scores: boolean
  readonly band: boolean
}

export const byRow = ({ report, prepared, timestampOf, ...wanted }: ByRowParts): RowReport => {
  const { pointOfRow, remarks } = prepared
  const { first, last } = rowsOf(pointOfRow, report.scores.length)
  const anomalies = report.anomalies.map((range): Anomaly => {
    const [start, end, peak] = [first[range.start] ?? 0, last[range.end] ?? 0, first[range.peak] ?? 0]
    const times = timestampOf && {
      startTimestamp: timestampOf(start),
      endTimestamp: timestampOf(end),
      peakTimestamp: timestampOf(peak),
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
