/** What a cell of a CSV file says. */
import { parseTimestamp } from './timestamp.ts'

const MISSING = new Set(['', 'nan', 'na', 'n/a', 'null', 'none'])

/** Empty, NaN, NA, N/A, null, None, in whichever case. */
export const isMissing = (cell: string): boolean => cell.length <= 4 && MISSING.has(cell.toLowerCase())

/** The finite number of a cell, NaN where it is missing; undefined for all else. */
export const numberOf = (cell: string): number | undefined => {
  if (isMissing(cell)) return Number.NaN
  const number = Number(cell)
  return Number.isFinite(number) ? number : undefined
}

export const isNumber = (cell: string): boolean => !isMissing(cell) && Number.isFinite(Number(cell))

/** The units that a time since the epoch may be in, by how large it is: ms each, from this number on. */
const EPOCH_UNITS = [
  { from: 1e17, ms: 1e-6 },
  { from: 1e14, ms: 1e-3 },
  { from: 1e11, ms: 1 },
  { from: 1e8, ms: 1000 },
]

/** The ms that a unit has in which such a number is a time of the years 1973 to 5138; 1 for smaller numbers, which count something. */
export const epochUnitMs = (time: number): number =>
  EPOCH_UNITS.find(({ from }) => Math.abs(time) >= from)?.ms ?? 1

const shorter = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[ Tt](\d\d:\d\d)(:\d\d.*)?)?$/

/**
 * The ms since the epoch of a time that is text: as timestamp.ts reads it, and also without seconds, without a time of day, with
 * slashes. Undefined for all else.
 */
export const timeOf = (cell: string): number | undefined => {
  const whole = parseTimestamp(cell)
  if (whole !== undefined) return whole.ms
  const parts = shorter.exec(cell)
  if (parts === null) return undefined
  const [, year, month, day, minutes = '00:00', rest = ':00'] = parts
  return parseTimestamp(`${year}-${month}-${day} ${minutes}${rest}`)?.ms
}
