/** What a `detect` job is given: one series as numbers or points, or several columns; and its checks, in one pass over the rows. */
import { z } from '../../../core/handler.ts'
import { parseTimestamp, type TimestampForm } from '../../../core/series/timestamp.ts'
import type { Timestamp } from '../../detection/by-row.ts'
import type { Table } from '../../detection/prepare.ts'

/** null is a missing value. */
export type Value = number | null

export interface Point {
  readonly timestamp: Timestamp
  readonly value: Value
}
export type Series = readonly Value[] | readonly Point[]
export type Columns = Readonly<Record<string, readonly Value[]>>

export const minPoints = 20
export const maxPoints = 100_000
export const maxColumns = 256
/** Faults told of one series: the first ones say what is wrong. */
const maxFaults = 10

/** Reports what is wrong at a path within the field; false once enough is said. */
type Report = (path: readonly (string | number)[], message: string) => boolean

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isValue = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value))

const checkValues = (values: readonly unknown[], path: readonly string[], report: Report): void => {
  for (const [row, value] of values.entries()) {
    if (isValue(value)) continue
    const message = isObject(value)
      ? 'must be a number as the first point is: the forms can’t be mixed'
      : 'must be a finite number, or null where it is missing'
    if (!report([...path, row], message)) return
  }
  if (values.every((value) => value === null)) report(path, 'must have a value that is not null')
}

/** What is wrong with a timestamp; they are all written in one form. */
const createTimestampCheck = (): ((timestamp: unknown) => string | undefined) => {
  let form: TimestampForm | undefined
  return (timestamp) => {
    const parsed = parseTimestamp(timestamp)
    if (parsed === undefined) {
      return 'must be an RFC 3339 time, YYYY-MM-DD HH:MM:SS, or milliseconds since the epoch'
    }
    if (form !== undefined && parsed.form !== form) {
      return 'must be written as the first timestamp is: the forms can’t be mixed'
    }
    form = parsed.form
    return undefined
  }
}

const checkPoints = (series: readonly unknown[], report: Report): void => {
  const faultOf = createTimestampCheck()
  let some = false
  for (const [row, point] of series.entries()) {
    if (!isObject(point)) {
      if (!report([row], 'must be {timestamp, value} as the first point is: the forms can’t be mixed')) return
      continue
    }
    const { timestamp, value } = point
    if (!isValue(value)) {
      if (!report([row, 'value'], 'must be a finite number, or null where it is missing')) return
    }
    some ||= value !== null
    const fault = faultOf(timestamp)
    if (fault !== undefined && !report([row, 'timestamp'], fault)) return
  }
  if (!some) report([], 'must have a value that is not null')
}

const checkLength = ({ length }: readonly unknown[], path: readonly string[], report: Report): boolean => {
  if (length >= minPoints && length <= maxPoints) return true
  report(path, `must have ${minPoints} to ${maxPoints} points, has ${length}`)
  return false
}

const checkSeries = (series: unknown, report: Report): void => {
  if (typeof series === 'string') return
  if (!Array.isArray(series)) report([], 'must be an array of numbers, or of {timestamp, value}')
  else if (!checkLength(series, [], report)) return
  else if (isObject(series[0])) checkPoints(series, report)
  else checkValues(series, [], report)
}

const checkColumns = (columns: unknown, report: Report): void => {
  const named = isObject(columns) ? Object.entries(columns) : []
  if (named.length < 1 || named.length > maxColumns) {
    report([], `must be an object of 1 to ${maxColumns} arrays of numbers, by their names`)
    return
  }
  let rows: number | undefined
  for (const [name, values] of named) {
    if (!Array.isArray(values)) {
      if (!report([name], 'must be an array of numbers')) return
    } else if (rows !== undefined && values.length !== rows) {
      if (!report([name], `must have ${rows} points as the first column has, has ${values.length}`)) return
    } else if (checkLength(values, [name], report)) {
      rows = values.length
      checkValues(values, [name], report)
    }
  }
}

const checkTimestamps = (timestamps: unknown, report: Report): void => {
  if (!Array.isArray(timestamps)) {
    report([], 'must be an array of timestamps')
    return
  }
  const faultOf = createTimestampCheck()
  for (const [row, timestamp] of timestamps.entries()) {
    const fault = faultOf(timestamp)
    if (fault !== undefined && !report([row], fault)) return
  }
}

/** A field that is checked by hand: zod's union of arrays is slow at 100,000 rows, and reports every row of both forms. */
const checked = <Field>(check: (field: unknown, report: Report) => void, meta: Record<string, unknown>) =>
  z
    .custom<Field>()
    .superRefine((field, context) => {
      let faults = 0
      check(field, (path, message) => {
        if (faults < maxFaults) context.addIssue({ code: 'custom', path: [...path], message })
        faults++
        return faults < maxFaults
      })
    })
    .meta(meta)

const value = { type: ['number', 'null'] }
const timestamp = {
  type: ['string', 'number'],
  description:
    'RFC 3339, or YYYY-MM-DD HH:MM:SS (read as UTC), or milliseconds since the epoch; in one form throughout. ' +
    'Given back as it came.',
}
const bounds = { minItems: minPoints, maxItems: maxPoints }

/** A text is the name of a series in a data set. */
export const seriesSchema = checked<Series | string>(checkSeries, {
  description:
    `The series: ${minPoints} to ${maxPoints} numbers in order, or as many points with timestamps in any order. ` +
    'null is a missing value. With "dataSet": the name of a series in that.',
  anyOf: [
    { type: 'array', ...bounds, items: value },
    {
      type: 'array',
      ...bounds,
      items: { type: 'object', required: ['timestamp', 'value'], properties: { timestamp, value } },
    },
    { type: 'string' },
  ],
})

export const columnsSchema = checked<Columns>(checkColumns, {
  description: `Instead of "series": 1 to ${maxColumns} columns of equal length, by their names.`,
  type: 'object',
  additionalProperties: { type: 'array', ...bounds, items: value },
})

export const timestampsSchema = checked<readonly Timestamp[]>(checkTimestamps, {
  description: 'Of "columns": a timestamp a row.',
  type: 'array',
  ...bounds,
  items: timestamp,
})

/** A table, with the timestamps of its rows as they came where it has any. */
export interface Given {
  readonly table: Table
  readonly timestampOf: ((row: number) => Timestamp | undefined) | undefined
}

const numbers = (values: readonly Value[]): Float64Array =>
  Float64Array.from(values, (it) => it ?? Number.NaN)

const timesOf = (timestamps: readonly Timestamp[]): Float64Array =>
  Float64Array.from(timestamps, (it) => parseTimestamp(it)?.ms ?? Number.NaN)

const isTimed = (series: Series): series is readonly Point[] => isObject(series[0])

/** The table of a series that the schema has accepted. */
export const tableOfSeries = (series: Series): Given => {
  if (!isTimed(series)) {
    return { table: { columns: [{ name: 'value', values: numbers(series) }] }, timestampOf: undefined }
  }
  const timestamps = series.map((point) => point.timestamp)
  const values = numbers(series.map((point) => point.value))
  const table = { columns: [{ name: 'value', values }], timesMs: timesOf(timestamps) }
  return { table, timestampOf: (row) => timestamps[row] }
}

/** The table of columns that the schema has accepted. */
export const tableOfColumns = (columns: Columns, timestamps: readonly Timestamp[] | undefined): Given => {
  const named = Object.entries(columns).map(([name, values]) => ({ name, values: numbers(values) }))
  return {
    table: { columns: named, ...(timestamps && { timesMs: timesOf(timestamps) }) },
    timestampOf: timestamps && ((row) => timestamps[row]),
  }
}
