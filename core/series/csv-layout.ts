/** Which column of a CSV file is what. */

import { isMissing, isNumber, numberOf, timeOf } from './csv-cells.ts'
import { csvFault } from './csv-records.ts'

export interface CsvColumn {
  readonly name: string
  readonly index: number
}

/** What can be said of a file whatever its values are. */
export interface CsvHead {
  /** Whether the first record is a header. */
  readonly header: boolean
  /** All of them. */
  readonly columns: readonly CsvColumn[]
  readonly timestamp: (CsvColumn & { readonly form: 'text' | 'number' | 'unread' }) | undefined
}

export interface CsvLayout extends Omit<CsvHead, 'columns'> {
  readonly values: readonly [CsvColumn, ...CsvColumn[]]
}

export interface CsvChoice {
  /** The column of the timestamps, by its name. */
  readonly timestamp?: string | undefined
  /** The columns of the values, by their names. */
  readonly columns?: readonly string[] | undefined
}

/** Names that say what a column is, in lower case. */
const TIME_NAMES = new Set(['timestamp', 'timestamps', 'time', 'datetime', 'date', 'ds'])
const VALUE_NAME = 'value'
const COUNTING_ROWS = 10

const isName = (cell: string): boolean => !isMissing(cell) && !isNumber(cell) && timeOf(cell) === undefined
const isKnown = (cell: string): boolean =>
  TIME_NAMES.has(cell.toLowerCase()) || cell.toLowerCase() === VALUE_NAME

/** Names and nothing that is data; or one that says what it is. */
const isHeader = (cells: readonly string[]): boolean =>
  cells.some(isKnown) || (cells.some(isName) && cells.every((cell) => isName(cell) || isMissing(cell)))

/** Whether the first column does nothing but ascend, for enough rows to tell. */
const counts = (rows: readonly (readonly string[])[]): boolean =>
  rows.length >= COUNTING_ROWS &&
  rows.every(([cell = ''], row) => isNumber(cell) && (row === 0 || Number(cell) > Number(rows[row - 1]?.[0])))

const find = (name: string, columns: readonly CsvColumn[], wanted: string): CsvColumn => {
  const found =
    columns.find((column) => column.name === wanted) ??
    columns.find((column) => column.name.toLowerCase() === wanted.toLowerCase())
  if (found) return found
  throw csvFault(name, `has no column "${wanted}", but ${columns.map((it) => `"${it.name}"`).join(', ')}`)
}

/** The cells of a column in these rows that are not missing. */
const cellsIn = (rows: readonly (readonly string[])[], { index }: CsvColumn): string[] =>
  rows.map((cells) => cells[index] ?? '').filter((cell) => !isMissing(cell))

const rowsIn = (first: readonly (readonly string[])[], header: boolean): readonly (readonly string[])[] =>
  header ? first.slice(1) : first

/** Header and timestamps, as {@link layoutOf} finds them. @throws AppError REQUEST_INVALID */
export const headOf = (
  name: string,
  first: readonly (readonly string[])[],
  timestamp?: string | undefined,
): CsvHead => {
  const [head] = first
  if (head === undefined) throw csvFault(name, 'is empty')
  const header = isHeader(head)
  const rows = rowsIn(first, header)
  const columns = head.map((cell, index) => ({ name: header && cell !== '' ? cell : `${index + 1}`, index }))
  const every = (column: CsvColumn, is: (cell: string) => boolean): boolean => {
    const cells = cellsIn(rows, column)
    return cells.length > 0 && cells.every(is)
  }
  const isTime = (column: CsvColumn): boolean => every(column, (cell) => timeOf(cell) !== undefined)
  const stamped =
    timestamp === undefined
      ? (columns.find((it) => header && TIME_NAMES.has(it.name.toLowerCase())) ??
        columns.find(isTime) ??
        ((columns.length === 2 && !header) || (columns.length > 1 && counts(rows)) ? columns[0] : undefined))
      : find(name, columns, timestamp)
  const form = (column: CsvColumn): 'text' | 'number' | 'unread' => {
    if (isTime(column)) return 'text'
    return every(column, isNumber) ? 'number' : 'unread'
  }
  return { header, columns, timestamp: stamped && { ...stamped, form: form(stamped) } }
}

/**
 * The layout, judged by the first records:
 *
 * - The first is a **header** when it holds names alone, or one of `timestamp`, `time`, `datetime`, `date`, `ds`, `value`. Without one
 *   the columns are named by their numbers, from 1, and the only one is `value`.
 * - **Timestamps**: the column that was asked for, else one of such a name, else the first whose cells are all times, else the first
 *   column where its numbers only ascend, or where it is one of two and there is no header. Numbers are times since the epoch, in the unit that their size tells.
 * - **Values**: the columns that were asked for, else `value`, else all others whose cells are numbers or missing.
 *
 * @throws AppError REQUEST_INVALID
 */
export const layoutOf = (
  name: string,
  first: readonly (readonly string[])[],
  { timestamp: asked, columns: wanted }: CsvChoice = {},
): CsvLayout => {
  const { header, columns, timestamp } = headOf(name, first, asked)
  const rows = rowsIn(first, header)
  const others = columns.filter(({ index }) => index !== timestamp?.index)
  const valued = others.find((it) => header && it.name.toLowerCase() === VALUE_NAME)
  const values =
    wanted?.map((it) => find(name, columns, it)) ??
    (valued
      ? [valued]
      : others.filter((it) => cellsIn(rows, it).every((cell) => numberOf(cell) !== undefined)))
  const [some, ...more] =
    !header && values.length === 1 ? values.map((it) => ({ ...it, name: VALUE_NAME })) : values
  if (some === undefined) throw csvFault(name, 'has no column of numbers')
  return { header, timestamp, values: [some, ...more] }
}
