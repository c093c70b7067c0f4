/** Points that come as text: NDJSON, a point a line as in JSON, or CSV, `timestamp,value` or `value` a line. */
import { AppError } from '../errors.ts'
import type { Point } from './watch.ts'

export const NDJSON = 'application/x-ndjson'
export const CSV = 'text/csv'

const refuse = (line: number, message: string): never => {
  throw new AppError('REQUEST_INVALID', `line ${line}: ${message}`, {
    faults: [{ path: `/${line - 1}`, message }],
  })
}

const parseJson = (text: string, line: number): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return refuse(line, 'is not JSON')
  }
}

const MISSING = /^(nan|null|na|n\/a)?$/i
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

const numberOf = (text: string, line: number): number | null => {
  if (MISSING.test(text)) return null
  return NUMBER.test(text) ? Number(text) : refuse(line, `${text.slice(0, 50)} is no number`)
}

/** A row of one cell is a value, one of two a timestamp (milliseconds since the epoch where it is a number) and a value. */
const csvPoint = (text: string, line: number): Point => {
  const cells = text.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
  const [first = '', second] = cells
  if (cells.length > 2) return refuse(line, `must be timestamp,value or value, has ${cells.length} columns`)
  if (second === undefined) return numberOf(first, line)
  return { timestamp: NUMBER.test(first) ? Number(first) : first, value: numberOf(second, line) }
}

const HEADER = /^"?(timestamp|time|date|value)"?\s*(,|$)/i

/**
 * The points of a text, not checked any further. Empty lines count for nothing, and a first line that names the columns of a CSV.
 * @throws AppError REQUEST_INVALID naming the line
 */
export const pointsOfText = (text: string, type: typeof NDJSON | typeof CSV): unknown[] => {
  const points: unknown[] = []
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.trim()
    if (line === '' || (type === CSV && index === 0 && HEADER.test(line))) continue
    points.push(type === CSV ? csvPoint(line, index + 1) : parseJson(line, index + 1))
  }
  return points
}
