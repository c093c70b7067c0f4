/** The result of a `detect` job (docs/detection.md), and the same by points in the order of time. Pure. */
import type { Severity, Timestamp } from '../../kit/api/scan-types.ts'
import type { Series } from './points.ts'
import { type Range, rangeAt, type Spans, spansOf } from './ranges.ts'

export interface ThresholdMeaning {
  readonly score: number
  /** Of 10,000 usual points, how many are expected to be flagged. */
  readonly expectedFalseAlarms: number
}
export interface Anomaly {
  readonly start: number
  readonly end: number
  readonly peak: number
  readonly score: number
  readonly severity: Severity
  readonly column?: string | undefined
  readonly startTimestamp?: Timestamp | undefined
  readonly endTimestamp?: Timestamp | undefined
  readonly peakTimestamp?: Timestamp | undefined
}
type Cells = readonly (number | null)[]
export interface Report {
  readonly detector: string
  readonly asked: string
  readonly threshold: ThresholdMeaning
  readonly thresholds: readonly ThresholdMeaning[]
  readonly count: number
  readonly anomalies: readonly Anomaly[]
  readonly scores?: readonly number[] | undefined
  readonly band?: { readonly expected: Cells; readonly lower: Cells; readonly upper: Cells } | undefined
  readonly parameters: Readonly<Record<string, number | string>>
  readonly explanation: string
  readonly remarks: readonly string[]
}

/** A job's result, where it is that of a detection. */
export const reportOf = (result: unknown): Report | undefined => {
  const it = result as Partial<Report> | null | undefined
  const whole =
    Array.isArray(it?.anomalies) && Array.isArray(it.thresholds) && typeof it.explanation === 'string'
  return whole ? (it as Report) : undefined
}

export interface Band {
  readonly expected: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** What is drawn: one cell a point, in the order of time. NaN: nothing is known there. */
export interface Sheet {
  readonly xs: Float64Array
  readonly timed: boolean
  /** Undefined where the points are not known: a job alone does not keep them. */
  readonly values: Float64Array | undefined
  readonly scores: Float64Array | undefined
  readonly band: Band | undefined
  readonly ranges: readonly Range[]
  readonly spans: Spans
  readonly threshold: number | undefined
}

const byPoint = (cells: Cells, rowOf: Uint32Array | undefined, points: number): Float64Array => {
  const out = new Float64Array(points)
  for (let point = 0; point < points; point++) out[point] = cells[rowOf?.[point] ?? point] ?? Number.NaN
  return out
}

const rangeOf = ({ start, end, peak, score, severity, column }: Anomaly, order: Series['order']): Range => {
  const point = (row: number): number => order?.pointOf[row] ?? row
  return { start: point(start), end: point(end), peak: point(peak), score, severity, column }
}

export const rangesOf = (report: Report, order: Series['order']): Range[] =>
  report.anomalies.map((it) => rangeOf(it, order))

/** A series with what was found in it; either may be missing. Without the series, points are counted by rows. */
export const sheetOf = (series: Series | undefined, report: Report | undefined): Sheet => {
  const rows = report?.scores?.length ?? (report?.anomalies.at(-1)?.end ?? 0) + 1
  const xs = series?.xs ?? Float64Array.from({ length: rows }, (_, row) => row)
  const cells = (given: Cells | undefined): Float64Array | undefined =>
    given && byPoint(given, series?.order?.rowOf, xs.length)
  const [expected, lower, upper] = [report?.band?.expected, report?.band?.lower, report?.band?.upper].map(
    cells,
  )
  const ranges = report ? rangesOf(report, series?.order) : []
  return {
    xs,
    timed: series?.timed ?? false,
    values: series?.values,
    scores: cells(report?.scores),
    band: expected && lower && upper ? { expected, lower, upper } : undefined,
    ranges,
    spans: spansOf(ranges, xs),
    threshold: report?.threshold.score,
  }
}

/** The range that a row of the address means; -1 for none. */
export const rangeAtRow = (sheet: Sheet, order: Series['order'], row: number | undefined): number =>
  row === undefined ? -1 : rangeAt(sheet.ranges, order?.pointOf[row] ?? row)
