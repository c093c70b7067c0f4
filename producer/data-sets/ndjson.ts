/** Series as NDJSON: a line a point, or a line a series. */
import { AppError, toError } from '../../core/errors.ts'
import { timeOf } from '../../core/series/csv-cells.ts'
import { readLines } from '../api/lines.ts'
import type { Collector } from './collector.ts'

/** Bytes of a line: some 300,000 points. A longer series takes several lines. */
export const MAX_LINE_BYTES = 8_000_000
const MAX_MS = 8.64e15

const fault = (line: number, path: string, message: string): AppError => {
  const said = `line ${line}${path === '' ? '' : `, ${path}`}: ${message}`
  return new AppError('REQUEST_INVALID', said, { faults: [{ path, message: `line ${line}: ${message}` }] })
}

const NO_TIME =
  'must be milliseconds since the epoch, an RFC 3339 time, or YYYY-MM-DD HH:MM:SS, which is read as UTC'

const timeIn = (timestamp: unknown): number | undefined => {
  if (typeof timestamp === 'number') return Math.abs(timestamp) <= MAX_MS ? timestamp : undefined
  return typeof timestamp === 'string' ? timeOf(timestamp) : undefined
}

/** A finite number, NaN for null; undefined for all else. */
const valueIn = (value: unknown): number | undefined => {
  if (value === null) return Number.NaN
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

const NO_VALUE = 'must be a finite number, or null where it is missing'

interface Lists {
  readonly values: readonly unknown[]
  /** Undefined: there are none. */
  readonly timestamps: readonly unknown[] | undefined
  /** Where a point of it is, as a JSON pointer. */
  readonly at: (field: 'value' | 'timestamp', row: number) => string
}

/** What a line holds, as lists. */
const listsOf = (point: Readonly<Record<string, unknown>>, line: number): Lists => {
  const { values, timestamps, value, timestamp } = point
  if (values === undefined) {
    const times = timestamp === undefined ? undefined : [timestamp]
    return { values: [value], timestamps: times, at: (field) => `/${field}` }
  }
  if (!Array.isArray(values)) throw fault(line, '/values', 'must be an array of numbers')
  if (timestamps !== undefined && !(Array.isArray(timestamps) && timestamps.length === values.length)) {
    throw fault(line, '/timestamps', `must be an array of one a value, ${values.length}`)
  }
  return { values, timestamps, at: (field, row) => `/${field}s/${row}` }
}

const parse = (text: string, line: number): Readonly<Record<string, unknown>> => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw fault(line, '', `is not JSON: ${toError(cause).message}`)
  }
  if (parsed instanceof Object && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  throw fault(line, '', 'must be an object: {series, timestamp?, value} or {series, timestamps?, values}')
}

const addLine = (text: string, line: number, to: Collector): void => {
  const point = parse(text, line)
  const { series: name } = point
  if (typeof name !== 'string') throw fault(line, '/series', 'must be the name of the series')
  const { values, timestamps, at } = listsOf(point, line)
  try {
    const series = to.of(name)
    for (const [row, given] of values.entries()) {
      const value = valueIn(given)
      if (value === undefined) throw fault(line, at('value', row), NO_VALUE)
      const timeMs = timestamps && timeIn(timestamps[row])
      if (timestamps && timeMs === undefined) throw fault(line, at('timestamp', row), NO_TIME)
      series.add(value, timeMs)
    }
  } catch (error) {
    throw error instanceof AppError && error.faults.length === 0 ? fault(line, '', error.message) : error
  }
}

/**
 * Reads NDJSON into series as it streams in. Lines of one series follow each other as its points do; empty ones are left out.
 * @throws AppError REQUEST_INVALID naming line and field
 */
export const collectNdjson = async (bytes: AsyncIterable<Buffer>, to: Collector): Promise<void> => {
  let number = 0
  for await (const lines of readLines(bytes, MAX_LINE_BYTES)) {
    for (const line of lines) {
      number++
      if (line === undefined) throw fault(number, '', `is longer than ${MAX_LINE_BYTES} bytes`)
      if (line.length > 0) addLine(line.toString(), number, to)
    }
    await to.room()
  }
}
