/** What the generator gives, and what it makes it of. */
import type { Input } from '../../../consumer/detection/detector.ts'

export const anomalyKinds = [
  'spike',
  'context',
  'level',
  'shift',
  'variance',
  'shape',
  'missing',
  'drift',
  'relation',
] as const
/**
 * `spike`: a few values too high or too low. `context`: a few values usual half a cycle away. `level`: another level for a while;
 * `shift`: for good. `variance`: more noise. `shape`: a cycle reversed, stretched, of another form; or the signal stands still.
 * `missing`: a cycle stays away. `drift`: slowly away and suddenly back. `relation`: a column leaves the others, usual by itself.
 */
export type AnomalyKind = (typeof anomalyKinds)[number]

/** Rows `start` to `end`, both included, are anomalous. */
export interface Label {
  readonly start: number
  readonly end: number
  readonly kind: AnomalyKind | 'unknown'
}

export interface LabelledSeries {
  readonly name: string
  readonly input: Input
  /** In order, without overlap. */
  readonly labels: readonly Label[]
}

/** A signal without anomalies, and what is to be known to put some in that can be seen. */
export interface Base {
  /** Not finished: `finish` makes of each what a sensor would tell. */
  readonly values: Float64Array
  /** Standard deviation of what can't be forecast from one row to the next. */
  readonly noise: number
  /** By this much a level must differ to be another. */
  readonly spread: number
  /** First rows of the cycles, in order; fewer than 3 where there is no cycle. */
  readonly cycles: readonly number[]
  readonly finish: (value: number) => number
  /** ms since the epoch; undefined where the series has no timestamps. */
  readonly timesMs: Float64Array | undefined
  /** Share of the values that are missing. */
  readonly missing: number
}
