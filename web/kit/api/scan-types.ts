/** What a scan gives; as types.ts. */

export type Severity = 'minor' | 'major' | 'critical'
export type Timestamp = string | number

/** An anomaly of a series. Rows from 0 on, `start` and `end` both included. */
export interface RankedAnomaly {
  readonly series: string
  /** The `detect` job that found it. */
  readonly job: string
  readonly start: number
  readonly end: number
  readonly peak: number
  readonly score: number
  readonly severity: Severity
  readonly startTimestamp?: Timestamp | undefined
  readonly endTimestamp?: Timestamp | undefined
  readonly peakTimestamp?: Timestamp | undefined
}
/** What became of one series. */
export interface ScanLine {
  readonly series: string
  readonly job: string
  readonly count?: number | undefined
  readonly topScore?: number | undefined
  readonly error?: { readonly code: string; readonly message: string } | undefined
}
export interface ScanResult {
  readonly dataSet: string
  readonly series: { readonly total: number; readonly failed: number; readonly anomalous: number }
  /** Of all series, also beyond those that are ranked. */
  readonly anomalies: number
  /** Largest scores first. */
  readonly ranking: readonly RankedAnomaly[]
  readonly lines: readonly ScanLine[]
}
