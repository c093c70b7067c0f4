/** The result as CSV, row by row in the order of time. Pure. */
import type { Sheet } from './report.ts'

const HEADER = 'timestamp,value,score,lower,expected,upper,flagged'
/** Rows of a piece: one text of a million rows would be built twice in memory. */
const PIECE = 20_000

const cell = (cells: Float64Array | undefined, point: number): string => {
  const value = cells?.[point]
  return value === undefined || Number.isNaN(value) ? '' : String(value)
}

/** Pieces of the text, for a Blob. Without timestamps the first column is the row; what is not known is empty. */
export const csvOf = ({ xs, timed, values, scores, band, ranges }: Sheet): string[] => {
  const pieces: string[] = [`${timed ? HEADER : HEADER.replace('timestamp', 'row')}\n`]
  let lines: string[] = []
  let range = 0
  for (let point = 0; point < xs.length; point++) {
    while (range < ranges.length && (ranges[range]?.end ?? 0) < point) range++
    const flagged = (ranges[range]?.start ?? Number.POSITIVE_INFINITY) <= point ? 1 : 0
    const x = xs[point] ?? 0
    lines.push(
      `${timed ? new Date(x).toISOString() : x},${cell(values, point)},${cell(scores, point)},` +
        `${cell(band?.lower, point)},${cell(band?.expected, point)},${cell(band?.upper, point)},${flagged}\n`,
    )
    if (lines.length < PIECE) continue
    pieces.push(lines.join(''))
    lines = []
  }
  if (lines.length > 0) pieces.push(lines.join(''))
  return pieces
}
