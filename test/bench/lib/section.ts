/** What a group of the benchmark finds: sections of rows, each row one contestant's measurements, and the ratios that count. */
import { ratios } from './statistics.ts'

/** Values of one column over the rounds. */
export type Measures = Readonly<Record<string, readonly number[]>>

export interface Row {
  readonly name: string
  readonly measures: Measures
  /** What a reader must know beside the numbers. */
  readonly note?: string
}

export interface Goal {
  readonly limit: number
  readonly better: 'more' | 'less'
}

export interface Ratio {
  /** By this the floors know it: `submit.single ours/bare`. */
  readonly name: string
  /** A value a round. */
  readonly values: readonly number[]
  readonly goal?: Goal
}

export interface Section {
  readonly title: string
  readonly about: string
  /** In the order of the table's columns, with how many decimals each has. */
  readonly columns: readonly { readonly name: string; readonly decimals?: number }[]
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
}

/** The rounds' measurements, column by column. */
export const columnsOf = (rounds: readonly Readonly<Record<string, number>>[]): Record<string, number[]> => {
  const columns: Record<string, number[]> = {}
  for (const measured of rounds) {
    for (const [name, value] of Object.entries(measured)) {
      columns[name] ??= []
      columns[name].push(value)
    }
  }
  return columns
}

/** How two rows compare in a column; none where one of them is missing, or was not measured. */
export const compare = (
  rows: readonly Row[],
  { name, of, by, column, goal }: { name: string; of: string; by: string; column: string; goal?: Goal },
): Ratio[] => {
  const valuesOf = (row: string): readonly number[] =>
    rows.find((it) => it.name === row)?.measures[column] ?? []
  const values = ratios(valuesOf(of), valuesOf(by)).filter(Number.isFinite)
  return values.length === 0
    ? []
    : [{ name: `${name} ${of}/${by}`, values, ...(goal === undefined ? {} : { goal }) }]
}

/** Whether the median is as good as the goal; undefined without one. */
export const reaches = (value: number, goal: Goal | undefined): boolean | undefined =>
  goal && (goal.better === 'more' ? value >= goal.limit : value <= goal.limit)
