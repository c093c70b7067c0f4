/** The points of a text that somebody pastes, and their slices. Pure. */

/** As the API takes them: a value, or one with its time; null is a missing value. */
export type Point = number | null | { readonly timestamp: string | number; readonly value: number | null }

/** Points of one append (core/series/watch.ts). */
export const MAX_APPEND = 1_000
const MOST_FAULTS = 5

export interface ReadPoints {
  readonly points: readonly Point[]
  /** What is wrong, by line; of many the first few. */
  readonly faults: readonly string[]
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const MISSING = /^(nan|null|na)?$/i
const HEADER = /^"?[a-z_ ]*(time|date|value)/i

/** Of the line as it is: a tab at its end stands before an empty cell. */
const cellsOf = (line: string): string[] => {
  const separator = ['\t', ';', ','].find((it) => line.includes(it))
  return (separator === undefined ? [line] : line.split(separator)).map((cell) =>
    cell.trim().replace(/^"(.*)"$/, '$1'),
  )
}

/**
 * A point a line: a value, or a timestamp and a value, separated by a comma, a semicolon or a tab. A line of three or more cells is as many values.
 * Empty lines count for nothing, and so does a first line that names columns.
 */
export const readPoints = (text: string): ReadPoints => {
  const points: Point[] = []
  const faults: string[] = []
  const valueIn = (cell: string, line: number): number | null => {
    if (MISSING.test(cell)) return null
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN
    if (!Number.isFinite(value)) faults.push(`Line ${line}: “${cell.slice(0, 40)}” is no number.`)
    return value
  }
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (faults.length >= MOST_FAULTS) break
    if (line === '' || (index === 0 && HEADER.test(line))) continue
    const [first = '', second, ...more] = cellsOf(raw)
    if (second === undefined || more.length > 0) {
      const cells = second === undefined ? [first] : [first, second, ...more]
      points.push(...cells.map((cell) => valueIn(cell, index + 1)))
    } else if (first === '') {
      faults.push(`Line ${index + 1}: it has no timestamp.`)
    } else {
      const timestamp = NUMBER.test(first) ? Number(first) : first
      points.push({ timestamp, value: valueIn(second, index + 1) })
    }
  }
  const isTimed = (point: Point | undefined): boolean => typeof point === 'object' && point !== null
  const other = points.findIndex((point) => isTimed(point) !== isTimed(points[0]))
  if (other > 0 && faults.length === 0) {
    faults.push(`Point ${other + 1}: points must all have timestamps, or none may.`)
  }
  return { points, faults }
}

/** In order, each as long as an append may be. */
export const slicesOf = <T>(points: readonly T[], size = MAX_APPEND): T[][] =>
  Array.from({ length: Math.ceil(points.length / size) }, (_, n) => points.slice(n * size, (n + 1) * size))
