/** Which column of a CSV file is what. */

import { isMissing, isNumber, numberOf, timeOf } from './csv-cells.ts'
import { csvFault } from './csv-records.ts'

export interface CsvColumn {
  readonly name: string
  readonly index: number
}

export interface CsvLayout {
  /** Whether the first record is a header. */
  readonly header: boolean
  readonly timestamp: (CsvColumn & { readonly form: 'text' | 'number' | 'unread' }) | undefined
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

const isName = (cell: string): boolean => !isMissing(cell) && !isNumber(cell) && timeOf(cell) === undefined
const isKnown = (cell: string): boolean =>
  TIME_NAMES.has(cell.toLowerCase()) || cell.toLowerCase() === VALUE_NAME

/** Names and nothing that is data; or one that says what it is. */
const isHeader = (cells: readonly string[]): boolean =>
  cells.some(isKnown) || (cells.some(isName) && cells.every((cell) => isName(cell) || isMissing(cell)))

const find = (name: string, columns: readonly CsvColumn[], wanted: string): CsvColumn => {
  const found =
    columns.find((column) => column.name === wanted) ??
    columns.find((column) => column.name.toLowerCase() === wanted.toLowerCase())
  if (found) return found
  throw csvFault(name, `has no column "${wanted}", but ${columns.map((it) => `"${it.name}"`).join(', ')}`)
}

/**
 * The layout, judged by the first records:
 *
 * - The first is a **header** when it holds names alone, or one of `timestamp`, `time`, `datetime`, `date`, `ds`, `value`. Without one
 *   the columns are named by their numbers, from 1, and the only one is `value`.
 * - **Timestamps**: the column that was asked for, else one of such a name, else the first whose cells are all times; in a file of two
 *   columns without a header the first. Numbers are times since the epoch, in the unit that their size tells.
 * - **Values**: the columns that were asked for, else `value`, else all others whose cells are numbers or missing.
 *
 * @throws AppError REQUEST_INVALID
 */
export const layoutOf = (
  name: string,
  first: readonly (readonly string[])[],
  { timestamp, columns: wanted }: CsvChoice = {},
): CsvLayout => {
  const [head] = first
  if (head === undefined) throw csvFault(name, 'is empty')
  const header = isHeader(head)
  const rows = header ? first.slice(1) : first
  const columns = head.map((cell, index) => ({ name: header && cell !== '' ? cell : `${index + 1}`, index }))
  const cellsOf = (index: number): string[] =>
    rows.map((cells) => cells[index] ?? '').filter((cell) => !isMissing(cell))
  const every = (index: number, is: (cell: string) => boolean): boolean =>
    cellsOf(index).length > 0 && cellsOf(index).every(is)
  const isTime = ({ index }: CsvColumn): boolean => every(index, (cell) => timeOf(cell) !== undefined)

  const stamped =
    timestamp === undefined
      ? (columns.find((it) => header && TIME_NAMES.has(it.name.toLowerCase())) ??
        columns.find(isTime) ??
        (!header && columns.length === 2 ? columns[0] : undefined))
      : find(name, columns, timestamp)
  const form = (column: CsvColumn): 'text' | 'number' | 'unread' => {
    if (isTime(column)) return 'text'
    return every(column.index, isNumber) ? 'number' : 'unread'
  }
  const others = columns.filter((it) => it !== stamped)
  const valued = others.find((it) => header && it.name.toLowerCase() === VALUE_NAME)
  const values =
    wanted?.map((it) => find(name, columns, it)) ??
    (valued
      ? [valued]
      : others.filter(({ index }) => cellsOf(index).every((cell) => numberOf(cell) !== undefined)))
  const [some, ...more] =
    !header && values.length === 1 ? values.map((it) => ({ ...it, name: VALUE_NAME })) : values
  if (some === undefined) throw csvFault(name, 'has no column of numbers')
  return {
    header,
    timestamp: stamped && { ...stamped, form: form(stamped) },
    values: [some, ...more],
  }
}
