/**
 * From rows as they came to a series that is ready for detection. The rules, the same for every way in:
 *
 * - **Missing values** (NaN) are filled by linear interpolation between their neighbours (in time, where there are timestamps),
 *   at the ends by the nearest value, and marked: streaming detectors see that nothing came, and what was filled in is never flagged.
 * - **Rows out of order** are put in the order of time.
 * - **Equal timestamps** are one point, their mean; each of these rows gets its score.
 * - **Gaps** stay gaps: a point that nobody measured would be judged, and would teach. Detectors that know the clock see from the
 *   timestamps how long a gap was; the others count points, which a remark says.
 * - **Refused**: ±Infinity, a column without any value, columns of different lengths or of one name, timestamps that are no number.
 * - Constants, and values as large or small as a double can be, are fine.
 */
import { AppError } from '../../core/errors.ts'
import type { Column, Input } from './detector.ts'

/** Rows as they came. */
export interface Table {
  /** NaN is a missing value. */
  readonly columns: readonly { readonly name: string; readonly values: ArrayLike<number> }[]
  /** One a row, ms since the epoch, in any order. */
  readonly timesMs?: ArrayLike<number>
}

export interface Prepared {
  readonly input: Input
  /** The point that each row became. */
  readonly pointOfRow: Int32Array
  /** What was done, a sentence each. */
  readonly remarks: readonly string[]
}

const refuse = (message: string): AppError => new AppError('REQUEST_INVALID', message)

/** A step is a gap when it is longer than this many times the usual (median) step. */
const GAP_STEPS = 1.5
/** Where more than this share of the steps are gaps, the steps are uneven. */
const UNEVEN_SHARE = 0.1

/** @throws AppError REQUEST_INVALID */
const checkColumns = ({ columns, timesMs }: Table): number => {
  const rows = columns[0]?.values.length ?? 0
  if (columns.length === 0) throw refuse('columns: there is no column of numbers')
  if (timesMs !== undefined && timesMs.length !== rows) {
    throw refuse(`timestamps: there are ${timesMs.length}, but ${rows} rows`)
  }
  const names = new Set<string>()
  for (const { name, values } of columns) {
    if (names.has(name)) throw refuse(`column "${name}": there are two of this name`)
    names.add(name)
    if (values.length !== rows) {
      throw refuse(`column "${name}": has ${values.length} rows, but "${columns[0]?.name}" has ${rows}`)
    }
    let some = false
    for (let row = 0; row < rows; row++) {
      const value = values[row] ?? Number.NaN
      if (Math.abs(value) === Number.POSITIVE_INFINITY) {
        throw refuse(`column "${name}", row ${row}: is ${value}, which is no finite number`)
      }
      some ||= !Number.isNaN(value)
    }
    if (!some) throw refuse(`column "${name}": has no value at all`)
  }
  for (let row = 0; timesMs !== undefined && row < rows; row++) {
    if (!Number.isFinite(timesMs[row])) throw refuse(`timestamps: row ${row} has none`)
  }
  return rows
}

interface Points {
  readonly count: number
  readonly pointOfRow: Int32Array
  readonly timesMs: Float64Array | undefined
  readonly sorted: boolean
}

/** Which point each row becomes: by the order of time, equal times together; without timestamps one each. */
const pointsOf = (rows: number, times: ArrayLike<number> | undefined): Points => {
  const pointOfRow = new Int32Array(rows)
  if (times === undefined) {
    return { count: rows, pointOfRow: pointOfRow.map((_, row) => row), timesMs: undefined, sorted: true }
  }
  const at = (row: number): number => times[row] ?? 0
  let sorted = true
  for (let row = 1; row < rows && sorted; row++) sorted = at(row) >= at(row - 1)
  const order = new Int32Array(rows).map((_, row) => row)
  if (!sorted) order.sort((a, b) => at(a) - at(b))
  const timesMs = new Float64Array(rows)
  let count = 0
  for (const row of order) {
    if (count === 0 || at(row) > (timesMs[count - 1] ?? 0)) timesMs[count++] = at(row)
    pointOfRow[row] = count - 1
  }
  return { count, pointOfRow, timesMs: timesMs.slice(0, count), sorted }
}

/** The mean of the values of each point, NaN where all are missing. As a running mean, which no magnitude overflows. */
const meansOf = (values: ArrayLike<number>, { count, pointOfRow }: Points): Float64Array => {
  const means = new Float64Array(count).fill(Number.NaN)
  const counts = new Uint32Array(count)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const point = pointOfRow[row] ?? 0
    const seen = (counts[point] ?? 0) + 1
    const mean = means[point] ?? 0
    counts[point] = seen
    means[point] = seen === 1 ? value : mean * ((seen - 1) / seen) + value / seen
  }
  return means
}

/** Fills the NaNs in place and returns where they were; undefined where there was none. */
const fill = (values: Float64Array, timesMs: Float64Array | undefined): Uint8Array | undefined => {
  let missing: Uint8Array | undefined
  let before = -1
  const position = (point: number): number => timesMs?.[point] ?? point
  for (let point = 0; point <= values.length; point++) {
    const here = point < values.length ? (values[point] ?? Number.NaN) : undefined
    if (here !== undefined && Number.isNaN(here)) continue
    const left = before < 0 ? (here ?? 0) : (values[before] ?? 0)
    const right = here ?? left
    for (let gap = before + 1; gap < point; gap++) {
      const way = (position(gap) - position(before)) / (position(point) - position(before))
      missing ??= new Uint8Array(values.length)
      missing[gap] = 1
      // Two products rather than a difference, which could overflow.
      values[gap] = before < 0 || here === undefined ? right : left * (1 - way) + right * way
    }
    before = point
  }
  return missing
}

const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count.toLocaleString('en')} ${many}`

const gapsIn = (timesMs: Float64Array): number => {
  if (timesMs.length < 3) return 0
  const steps = timesMs.subarray(1).map((time, at) => time - (timesMs[at] ?? 0))
  const usual = steps.toSorted()[steps.length >> 1] ?? 0
  return steps.reduce((count, step) => count + Number(step > GAP_STEPS * usual), 0)
}

const gapRemark = (gaps: number, points: number): string[] => {
  if (gaps === 0) return []
  if (gaps > UNEVEN_SHARE * points) return ['The steps in time are uneven, and were left so.']
  return [
    `There ${gaps === 1 ? 'is' : 'are'} ${counted(gaps, 'gap', 'gaps')} in time, left as ${gaps === 1 ? 'it is' : 'they are'}.`,
  ]
}

const remarksOf = (rows: number, points: Points, missing: number): string[] => {
  const gaps = points.timesMs === undefined ? 0 : gapsIn(points.timesMs)
  const merged = rows - points.count
  return [
    ...(points.sorted ? [] : ['The rows were not in the order of time, and were put in it.']),
    ...(merged > 0
      ? [`${counted(merged, 'row has', 'rows have')} the timestamp of another: their mean is one point.`]
      : []),
    ...(missing > 0
      ? [`${counted(missing, 'missing value was', 'missing values were')} filled in between the neighbours.`]
      : []),
    ...gapRemark(gaps, points.count),
  ]
}

/**
 * A series by the rules above, in O(n log n) where it has to be sorted or has timestamps, else O(n).
 * @throws AppError REQUEST_INVALID naming the column or row and what is wrong
 */
export const prepare = (table: Table): Prepared => {
  const rows = checkColumns(table)
  const points = pointsOf(rows, table.timesMs)
  const filled = new Uint8Array(points.count)
  let count = 0
  const prepared = table.columns.map(({ name, values }): Column => {
    const means = meansOf(values, points)
    const missing = fill(means, points.timesMs)
    if (missing === undefined) return { name, values: means }
    for (let point = 0; point < missing.length; point++) {
      count += missing[point] ?? 0
      filled[point] = (filled[point] ?? 0) | (missing[point] ?? 0)
    }
    return { name, values: means, missing }
  })
  const [first, ...others] = prepared
  if (first === undefined) throw refuse('columns: there is no column of numbers')
  return {
    input: { columns: [first, ...others], timesMs: points.timesMs, filled },
    pointOfRow: points.pointOfRow,
    remarks: remarksOf(rows, points, count),
  }
}
