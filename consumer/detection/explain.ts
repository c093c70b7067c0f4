/** A report in words: how much was flagged, when it was strangest and against what, and what the detector saw. */
import type { Choice } from './catalogue.ts'
import type { Input } from './detector.ts'
import type { FlaggedRange, ThresholdMeaning } from './report.ts'
import { probabilityOf } from './score.ts'
import type { Scored } from './score-points.ts'

export interface Found {
  readonly input: Input
  readonly choice: Choice
  readonly scored: Scored
  readonly anomalies: readonly FlaggedRange[]
  readonly threshold: ThresholdMeaning
}

const number = (value: number): string => String(Number(value.toPrecision(4)))

const MAX_DATE_MS = 8.64e15

/** When a point was: its time where there are timestamps, and its place. */
const placeOf = (point: number, { timesMs }: Input): string => {
  const time = timesMs?.[point]
  return time === undefined || Math.abs(time) > MAX_DATE_MS
    ? `at point ${point}`
    : `at ${new Date(time).toISOString()} (point ${point})`
}

const measuredAt = (point: number, { input, scored, choice }: Found): string => {
  const [first] = input.columns
  const index = scored.columnOf[point] ?? 0
  const column = input.columns[index] ?? first
  const value = number(column.values[point] ?? 0)
  if (choice.detector.multivariate && input.columns.length > 1)
    return `over ${input.columns.length} columns together`
  const named = input.columns.length > 1 ? `${value} in column "${column.name}"` : value
  const { expected, lower, upper } = scored.band ?? {}
  const usual = expected?.[point] ?? Number.NaN
  if (index > 0 || Number.isNaN(usual)) return `with the value ${named}`
  const within = `${number(lower?.[point] ?? usual)} to ${number(upper?.[point] ?? usual)}`
  return `with the value ${named} where ${number(usual)} was expected (${within})`
}

const strangest = (anomalies: readonly FlaggedRange[]): FlaggedRange | undefined =>
  anomalies.reduce<FlaggedRange | undefined>(
    (most, range) => (most === undefined || range.score > most.score ? range : most),
    undefined,
  )

/** p as what people read: one in so many. */
const oneIn = (probability: number): string =>
  `one in ${Number((1 / probability).toPrecision(2)).toLocaleString('en', { notation: probability < 1e-12 ? 'scientific' : 'standard' })}`

export const explain = (found: Found): string => {
  const { input, choice, scored, anomalies, threshold } = found
  const points = input.filled.length.toLocaleString('en')
  const ranges = anomalies.length === 1 ? '1 range' : `${anomalies.length || 'no'} ranges`
  const counted =
    `${choice.detector.name} flagged ${ranges} in ${points} points, from a score of ${number(threshold.score)} on: ` +
    `of 10,000 usual points ${number(threshold.expectedFalseAlarms)} are expected to reach it.`
  const top = strangest(anomalies)
  const peak =
    top &&
    `The strangest is ${placeOf(top.peak, input)}, ${measuredAt(top.peak, found)}: ` +
      `of usual points ${oneIn(probabilityOf(top.score))} is as strange (score ${number(top.score)}, ${top.severity}).`
  return [choice.why, counted, peak, ...scored.remarks].filter((it) => it !== undefined).join(' ')
}
