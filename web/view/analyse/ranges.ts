/** Flagged ranges: where they fall on the screen, and how far two results agree. Pure. */
import type { Severity } from '../../kit/api/scan-types.ts'
import { lowerBound } from '../../kit/chart/thin.ts'
import type { View } from './viewport.ts'

/** The least severe first. */
export const severities: readonly Severity[] = ['minor', 'major', 'critical']

/** Points `start` to `end`, both included, counted in the order of time. */
export interface Range {
  readonly start: number
  readonly end: number
  readonly peak: number
  readonly score: number
  readonly severity: Severity
  readonly column?: string | undefined
}

/** Ranges in the order of time, ready to be drawn. */
export interface Spans {
  readonly starts: Float64Array
  readonly ends: Float64Array
  /** 1 minor, 2 major, 3 critical. */
  readonly levels: Uint8Array
}

export const spansOf = (ranges: readonly Range[], xs: ArrayLike<number>): Spans => ({
  starts: Float64Array.from(ranges, ({ start }) => xs[start] ?? 0),
  ends: Float64Array.from(ranges, ({ end }) => xs[end] ?? 0),
  levels: Uint8Array.from(ranges, ({ severity }) => severities.indexOf(severity) + 1),
})

/** Of each of `width` columns of the screen the greatest level within; 0: nothing is flagged there. Each range is seen, however short. */
export const columnsOf = ({ starts, ends, levels }: Spans, { min, max }: View, width: number): Uint8Array => {
  const columns = new Uint8Array(width)
  const scale = width / (max - min)
  const column = (x: number): number => Math.min(width - 1, Math.max(0, Math.floor((x - min) * scale)))
  for (let i = lowerBound(ends, min); i < starts.length && (starts[i] ?? 0) <= max; i++) {
    const level = levels[i] ?? 0
    const last = column(ends[i] ?? 0)
    for (let at = column(starts[i] ?? 0); at <= last; at++) {
      if (level > (columns[at] ?? 0)) columns[at] = level
    }
  }
  return columns
}

/** Calls back for each run of columns of one level, but for those of level 0. */
export const eachRun = (
  columns: Uint8Array,
  paint: (from: number, to: number, level: number) => void,
): void => {
  for (let from = 0; from < columns.length; ) {
    const level = columns[from] ?? 0
    let to = from + 1
    while (to < columns.length && columns[to] === level) to++
    if (level > 0) paint(from, to, level)
    from = to
  }
}

/** How many of `ranges` have a point in common with one of `others`. Both in the order of time. */
export const shared = (ranges: readonly Range[], others: readonly Range[]): number => {
  let other = 0
  let found = 0
  for (const { start, end } of ranges) {
    while (other < others.length && (others[other]?.end ?? 0) < start) other++
    if ((others[other]?.start ?? Number.POSITIVE_INFINITY) <= end) found++
  }
  return found
}

/** The range that a point lies in, or the nearest one; -1 where there is none. */
export const rangeAt = (ranges: readonly Range[], point: number): number => {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (const [index, { start, end }] of ranges.entries()) {
    const distance = point < start ? start - point : Math.max(0, point - end)
    if (distance < least) [best, least] = [index, distance]
  }
  return best
}
