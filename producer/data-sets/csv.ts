/** Series in a CSV file: a column each, or with a column that names them. */
import { AppError } from '../../core/errors.ts'
import { epochUnitMs, isNumber, numberOf, timeOf } from '../../core/series/csv-cells.ts'
import { type CsvHead, headOf } from '../../core/series/csv-layout.ts'
import { type CsvRecord, csvFault, csvRecords } from '../../core/series/csv-records.ts'
import type { Collector, SeriesCollector } from './collector.ts'

/** Records by which the layout is judged. */
const SAMPLE = 100
/** ECMAScript's dates end there. */
const MAX_MS = 8.64e15
const SERIES_NAME = 'series'
const VALUE_NAME = 'value'

const isNamed = (cell: string, name: string): boolean => cell.trim().toLowerCase() === name

/** Says where in the file something went wrong. */
const inLine = <T>(file: string, line: number, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw error instanceof AppError ? csvFault(file, `line ${line}: ${error.message}`, error) : error
  }
}

const clipped = (cell: string): string => (cell.length > 50 ? `${cell.slice(0, 50)}…` : cell)

/** Reads the timestamps of a file; numbers are in the unit that the size of the first tells. */
const timesOf = (file: string, { timestamp }: CsvHead): ((record: CsvRecord) => number | undefined) => {
  if (timestamp === undefined) return () => undefined
  let unitMs: number | undefined
  return ({ cells, line }) => {
    const cell = cells[timestamp.index] ?? ''
    const isCount = timestamp.form !== 'text' && isNumber(cell)
    if (isCount) unitMs ??= epochUnitMs(Number(cell))
    const time = isCount ? Number(cell) * (unitMs ?? 1) : timeOf(cell)
    if (time === undefined || !(Math.abs(time) <= MAX_MS)) {
      throw csvFault(file, `line ${line}, column "${timestamp.name}": "${clipped(cell)}" is no time`)
    }
    return time
  }
}

const numberIn = (file: string, { cells, line }: CsvRecord, index: number, column: string): number => {
  const cell = cells[index] ?? ''
  const value = numberOf(cell)
  if (value !== undefined) return value
  throw csvFault(file, `line ${line}, column "${column}": "${clipped(cell)}" is no finite number`)
}

type Add = (record: CsvRecord) => void

/** A row a point: `series`, `value` and, where there is one, a timestamp. */
const longReader = (file: string, head: CsvHead, to: Collector): Add => {
  const nameAt = head.columns.findIndex(({ name }) => isNamed(name, SERIES_NAME))
  const valueAt = head.columns.findIndex(({ name }) => isNamed(name, VALUE_NAME))
  if (valueAt < 0) throw csvFault(file, 'line 1: beside the column "series" there must be one named "value"')
  const timeOfRecord = timesOf(file, head)
  return (record) => {
    const timeMs = timeOfRecord(record)
    const value = numberIn(file, record, valueAt, VALUE_NAME)
    inLine(file, record.line, () => to.of(record.cells[nameAt] ?? '').add(value, timeMs))
  }
}

/** A column a series, all but the timestamp. Of a file with one series that has the name given, if any. */
const wideReader = (file: string, head: CsvHead, to: Collector, seriesName: string | undefined): Add => {
  const timeOfRecord = timesOf(file, head)
  const columns = head.columns.filter(({ index }) => index !== head.timestamp?.index)
  const nameOf = (name: string): string => {
    if (seriesName === undefined) return columns.length === 1 && !head.header ? VALUE_NAME : name
    return columns.length === 1 ? seriesName : `${seriesName}/${name}`
  }
  const series: { index: number; name: string; series: SeriesCollector }[] = columns.map(
    ({ index, name }) => ({
      index,
      name,
      series: inLine(file, 1, () => to.add(nameOf(name))),
    }),
  )
  return (record) => {
    const timeMs = timeOfRecord(record)
    for (const { index, name, series: of } of series) {
      const value = numberIn(file, record, index, name)
      inLine(file, record.line, () => of.add(value, timeMs))
    }
  }
}

export interface CsvSource {
  /** Of the file, for what is said of it. */
  readonly file: string
  readonly bytes: AsyncIterable<Uint8Array>
  /** For the series of a file that has one; before the names of the columns of one that has several. */
  readonly seriesName?: string | undefined
}

/**
 * Reads a CSV file into series as it streams in. Delimiter, header and timestamps are found as core/series/csv-layout.ts says. With a
 * column `series` each row is a point, of `value`; else each column but the timestamp is a series.
 * @throws AppError REQUEST_INVALID naming file, line and column
 */
export const collectCsv = async ({ file, bytes, seriesName }: CsvSource, to: Collector): Promise<void> => {
  const sample: CsvRecord[] = []
  let add: Add | undefined
  const open = (): Add => {
    const cells = sample.map((it) => it.cells)
    const head = headOf(file, cells)
    const isLong = head.header && head.columns.some(({ name }) => isNamed(name, SERIES_NAME))
    const opened = isLong ? longReader(file, head, to) : wideReader(file, head, to, seriesName)
    for (const record of head.header ? sample.slice(1) : sample) opened(record)
    return opened
  }
  for await (const records of csvRecords(bytes, file)) {
    for (const record of records) {
      if (add) add(record)
      else if (sample.push(record) > SAMPLE) add = open()
    }
    await to.room()
  }
  if (!add) open()
}
