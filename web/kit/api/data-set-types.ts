/** Data sets as the API tells of them (docs/detection.md). Times are RFC 3339 texts. */

export interface DataSet {
  readonly id: string
  readonly name: string
  /** How many. */
  readonly series: number
  /** Of all series together. */
  readonly points: number
  readonly createdAt: string
  readonly expiresAt: string
}
export interface DataSetPage {
  readonly dataSets: readonly DataSet[]
  readonly next?: string | undefined
}
export interface DataSetSeries {
  readonly name: string
  /** From 0 on, in the order in which they came: a cursor. */
  readonly number: number
  readonly points: number
  /** Of its first and last point, where they have times. */
  readonly startsAt?: string | undefined
  readonly endsAt?: string | undefined
}
export interface DataSetSeriesPage {
  readonly series: readonly DataSetSeries[]
  readonly next?: string | undefined
}
export interface DataSetPoints extends DataSetSeries {
  /** The row of the first that is here. */
  readonly from: number
  /** Milliseconds since the epoch, one a value; absent where it has none. */
  readonly timestamps?: readonly number[] | undefined
  /** null: missing. */
  readonly values: readonly (number | null)[]
  /** The first row of the next page. */
  readonly next?: number | undefined
}
