/** Time series from CSV files, as payloads of the job type `detect`. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { AppError, toError } from '../../core/errors.ts'
import { MAX_JOB_BYTES } from '../../core/job.ts'

export interface Series {
  /** The file's name, without its folder. */
  readonly name: string
  /** One a row, as in the file; undefined for a file of values alone. */
  readonly timestamps: readonly (string | number)[] | undefined
  readonly values: readonly number[]
}

const invalid = (name: string, message: string): AppError =>
  new AppError('REQUEST_INVALID', `${name}: ${message}`)

const isNumber = (text: string | undefined): boolean =>
  text !== undefined && text.trim() !== '' && Number.isFinite(Number(text))

/** Where the columns are, and how many rows the header takes (0 or 1). */
const layoutOf = (
  name: string,
  first: readonly string[],
): { value: number; timestamp: number | undefined; header: number } => {
  const single = first.length === 1
  if (isNumber(first[single ? 0 : 1])) {
    return { value: single ? 0 : 1, timestamp: single ? undefined : 0, header: 0 }
  }
  const titles = first.map((title) => title.toLowerCase())
  const value = titles.indexOf('value')
  const timestamp = titles.indexOf('timestamp')
  if (value === -1) throw invalid(name, 'line 1 has neither a number nor a column named value')
  return { value, timestamp: timestamp === -1 ? undefined : timestamp, header: 1 }
}

/**
 * Reads a series: columns `timestamp,value`, or one column of values; with a header, columns of these names anywhere.
 * @throws AppError REQUEST_INVALID naming the file and the line
 */
export const parseSeries = (name: string, text: string): Series => {
  let rows: string[][]
  /** Where each row ends, for what is said of it. */
  const lines: number[] = []
  try {
    rows = parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      on_record(row, context) {
        lines.push(context.lines)
        return row
      },
    })
  } catch (cause) {
    throw invalid(name, toError(cause).message)
  }
  const [first] = rows
  if (!first) throw invalid(name, 'is empty')
  const { value, timestamp, header } = layoutOf(name, first)
  const body = rows.slice(header)
  const values = body.map((row, at) => {
    const cell = row[value]
    if (!isNumber(cell)) {
      throw invalid(name, `line ${lines[at + header]}: the value is "${cell ?? ''}", not a number`)
    }
    return Number(cell)
  })
  if (timestamp === undefined) return { name, timestamps: undefined, values }
  const cells = body.map((row) => row[timestamp] ?? '')
  // Numbers are times since the epoch.
  return { name, timestamps: cells.every(isNumber) ? cells.map(Number) : cells, values }
}

/** @throws AppError REQUEST_INVALID naming the file */
export const readSeries = async (path: string): Promise<Series> => {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('REQUEST_INVALID', `--file: ${toError(cause).message}`, { cause })
  })
  return parseSeries(basename(path), text)
}

export interface DetectPayload {
  readonly series: readonly number[] | readonly { timestamp: string | number; value: number }[]
  readonly detector?: string
}

/** What a job may have besides its payload: type, key and the JSON around them. */
const ENVELOPE_BYTES = 1_000

/**
 * The payload of a `detect` job. A series that is too large for a job with its timestamps goes without them, and
 * `timed` is false: rows are then all that the result can name, and {@link anomaliesOf} finds the timestamps again.
 */
export const detectPayload = (
  { timestamps, values }: Series,
  detector: string | undefined,
): { payload: DetectPayload; timed: boolean } => {
  const chosen = detector === undefined ? {} : { detector }
  if (timestamps) {
    const series = values.map((value, row) => ({ timestamp: timestamps[row] ?? '', value }))
    const payload = { series, ...chosen }
    if (Buffer.byteLength(JSON.stringify(payload)) + ENVELOPE_BYTES <= MAX_JOB_BYTES) {
      return { payload, timed: true }
    }
  }
  return { payload: { series: values, ...chosen }, timed: false }
}

export interface FoundAnomaly {
  /** Timestamps as in the file; row numbers (from 0) where it has none. */
  readonly from: string | number
  readonly to: string | number
  readonly score: number
}

export interface Found {
  readonly file: string
  readonly rows: number
  /** Whether the job had the timestamps. */
  readonly timed: boolean
  readonly status: string
  /** Number of anomalies; undefined where the job has no such result. */
  readonly count: number | undefined
  /** The highest scores first. */
  readonly top: readonly FoundAnomaly[]
}

const detectResult = z.object({
  anomalies: z.array(z.object({ start: z.int(), end: z.int(), score: z.number() })),
})

/** The anomalies in the result of a `detect` job, those with the highest score first; undefined for other results. */
export const anomaliesOf = ({ timestamps }: Series, result: unknown): FoundAnomaly[] | undefined =>
  detectResult
    .safeParse(result)
    .data?.anomalies.map(({ start, end, score }) => ({
      from: timestamps?.[start] ?? start,
      to: timestamps?.[end] ?? end,
      score,
    }))
    .sort((a, b) => b.score - a.score)
