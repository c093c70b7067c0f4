/** A CSV file of time series, as columns. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { AppError, toError } from '../errors.ts'
import { NumberColumn, TextColumn } from './columns.ts'
import { epochUnitMs, isMissing, numberOf, timeOf } from './csv-cells.ts'
import { type CsvChoice, type CsvLayout, layoutOf } from './csv-layout.ts'
import { type CsvRecord, csvFault, csvRecords } from './csv-records.ts'

export interface CsvSeries {
  readonly rows: number
  /** At least one. NaN where a value is missing. */
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[]
  /** As they came; undefined where the file has none. */
  readonly timestamps: TextColumn | undefined
  /** ms since the epoch; undefined without timestamps, and where they are in no form that is read. */
  readonly timesMs: Float64Array | undefined
  /** The cells of the first column as they came; where {@link CsvOptions.texts} asked for them. */
  readonly texts: TextColumn | undefined
}

export interface CsvOptions extends CsvChoice {
  /** Of the file, for what is said of it. */
  readonly name: string
  readonly texts?: boolean
}

/** Records by which the layout is judged. */
const SAMPLE = 100

/** Reads the rows of one layout into columns. */
const createReader = (name: string, layout: CsvLayout, texts: boolean) => {
  const { timestamp, values } = layout
  const columns = values.map(({ name: title, index }) => ({ title, index, numbers: new NumberColumn() }))
  const [first] = values
  const stamps = timestamp && new TextColumn()
  const times = timestamp === undefined || timestamp.form === 'unread' ? undefined : new NumberColumn()
  const kept = texts ? new TextColumn() : undefined
  let unitMs: number | undefined

  const timeIn = (cell: string, line: number): number => {
    const time = timestamp?.form === 'number' && !isMissing(cell) ? Number(cell) : timeOf(cell)
    if (time === undefined || !Number.isFinite(time)) {
      throw csvFault(name, `line ${line}: the timestamp is "${cell}", which is no time as those before it`)
    }
    if (timestamp?.form === 'text') return time
    unitMs ??= epochUnitMs(time)
    return time * unitMs
  }

  return {
    add({ cells, line }: CsvRecord): void {
      for (const { title, index, numbers } of columns) {
        const cell = cells[index] ?? ''
        const number = numberOf(cell)
        if (number === undefined) {
          throw csvFault(name, `line ${line}: ${title} is "${cell}", not a finite number`)
        }
        numbers.push(number)
      }
      kept?.push(cells[first.index] ?? '')
      if (timestamp === undefined) return
      const cell = cells[timestamp.index] ?? ''
      stamps?.push(cell)
      times?.push(timeIn(cell, line))
    },
    series(): CsvSeries {
      const read = columns.map(({ title, numbers }) => ({ name: title, values: numbers.values() }))
      const rows = read[0]?.values.length ?? 0
      if (rows === 0) throw csvFault(name, 'has no rows')
      return { rows, columns: read, timestamps: stamps, timesMs: times?.values(), texts: kept }
    },
  }
}

/**
 * Reads a CSV file as it streams in; which column is what: csv-layout.ts. Memory: 8 bytes a number, and the timestamps' own bytes.
 * @throws AppError REQUEST_INVALID naming file and line
 */
export const readCsv = async (
  source: AsyncIterable<Uint8Array | string>,
  { name, texts = false, ...choice }: CsvOptions,
): Promise<CsvSeries> => {
  const sample: CsvRecord[] = []
  let reader: ReturnType<typeof createReader> | undefined
  const open = (): ReturnType<typeof createReader> => {
    const layout = layoutOf(
      name,
      sample.map(({ cells }) => cells),
      choice,
    )
    const opened = createReader(name, layout, texts)
    for (const record of layout.header ? sample.slice(1) : sample) opened.add(record)
    return opened
  }
  for await (const records of csvRecords(source, name)) {
    for (const record of records) {
      if (reader) reader.add(record)
      else if (sample.push(record) > SAMPLE) reader = open()
    }
  }
  return (reader ?? open()).series()
}

/**
 * The same of a file on disk.
 * @throws AppError REQUEST_INVALID naming the file, and the line
 */
export const readCsvFile = async (
  path: string,
  options: Omit<CsvOptions, 'name'> = {},
): Promise<CsvSeries> => {
  try {
    return await readCsv(createReadStream(path), { name: basename(path), ...options })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('REQUEST_INVALID', toError(cause).message, { cause })
  }
}
