/** What the API answers of standing series; as types.ts. */
import type { Severity } from './scan-types.ts'

export interface Webhook {
  readonly url: string
  /** Why nothing is posted any more. */
  readonly disabled?: string | undefined
  /** Only in the answer to the request that has made it. */
  readonly secret?: string | undefined
}
export interface Series {
  readonly name: string
  readonly detector: string
  readonly threshold: number
  readonly webhook?: Webhook | undefined
  /** Points and alarms so far. */
  readonly points: number
  readonly alarms: number
  /** The time of its last point, where it has times. */
  readonly lastAt?: string | undefined
  readonly createdAt: string
  readonly updatedAt: string
  readonly appendedAt?: string | undefined
}
export interface JudgedPoint {
  /** 0 is the first of the series. */
  readonly row: number
  readonly at?: string | undefined
  readonly value: number | null
  readonly score: number
  readonly expected: number | null
  readonly lower: number | null
  readonly upper: number | null
}
export interface Alarm {
  readonly id: string
  readonly series: string
  readonly at?: string | undefined
  readonly row: number
  readonly value: number
  readonly score: number
  readonly severity: Severity
  readonly expected: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly explanation: string
  readonly raisedAt: string
}
export interface AlarmPage {
  /** Newest first. */
  readonly alarms: readonly Alarm[]
  readonly next?: number | undefined
}
export interface SeriesDetails extends Series {
  readonly last?: JudgedPoint | undefined
  readonly latestAlarms: readonly Alarm[]
}
/** What an append gives. */
export interface WatchResult {
  readonly series: string
  readonly firstRow: number
  readonly appended: number
  readonly skipped: { readonly late: number; readonly duplicate: number }
  readonly alarms: readonly Alarm[]
  readonly remarks: readonly string[]
  readonly scores: readonly number[]
}
