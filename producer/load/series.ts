/** Time series from CSV files, as payloads of the job type `detect`. */
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { MAX_JOB_BYTES } from '../../core/job.ts'
import { type CsvSeries, readCsv, readCsvFile } from '../../core/series/csv.ts'
import { isNumber } from '../../core/series/csv-cells.ts'
import { parseTimestamp } from '../../core/series/timestamp.ts'

export interface Series {
  /** The file's name, without its folder. */
  readonly name: string
  /** One a row, as in the file; undefined for a file of values alone. */
  readonly timestamps: readonly (string | number)[] | undefined
  /** ms since the epoch; undefined where there are no timestamps, or none that can be read. */
  readonly timesMs?: ArrayLike<number> | undefined
  /** null where it is missing. */
  readonly values: readonly (number | null)[]
}

const seriesOf = (name: string, { columns, rows, timestamps, timesMs }: CsvSeries): Series => {
  const [first] = columns
  const values = Array.from({ length: rows }, (_, row) => first?.values[row] ?? Number.NaN)
  const stamps = timestamps && Array.from({ length: rows }, (_, row) => timestamps.at(row))
  const numbers = stamps !== undefined && timesMs !== undefined && stamps.every(isNumber)
  return {
    name,
    timestamps: numbers ? stamps.map(Number) : stamps,
    timesMs,
    values: values.map((value) => (Number.isNaN(value) ? null : value)),
  }
}

/**
 * Reads a series: columns `timestamp,value` and what else core/series/csv.ts takes; of several columns of values the first.
 * @throws AppError REQUEST_INVALID naming the file and the line
 */
export const parseSeries = async (name: string, text: string): Promise<Series> =>
  seriesOf(name, await readCsv(Readable.from([text]), { name }))

/** @throws AppError REQUEST_INVALID naming the file */
export const readSeries = async (path: string): Promise<Series> =>
  seriesOf(basename(path), await readCsvFile(path))

export interface DetectPayload {
  readonly series:
    | readonly (number | null)[]
    | readonly { timestamp: string | number; value: number | null }[]
  readonly detector?: string
}

/** What a job may have besides its payload: type, key and the JSON around them. */
const ENVELOPE_BYTES = 1_000

/**
 * The payload of a `detect` job. A series that is too large for a job with its timestamps goes without them, and
 * `timed` is false: rows are then all that the result can name, and {@link anomaliesOf} finds the timestamps again.
 */
export const detectPayload = (
  { timestamps, timesMs, values }: Series,
  detector: string | undefined,
): { payload: DetectPayload; timed: boolean } => {
  const chosen = detector === undefined ? {} : { detector }
  if (timestamps) {
    // What a job does not read goes as the time that it is.
    const readable = typeof timestamps[0] === 'string' && parseTimestamp(timestamps[0]) !== undefined
    const stampOf = (row: number): string | number => {
      const ms = readable ? undefined : timesMs?.[row]
      const stamp = timestamps[row] ?? ''
      if (ms === undefined) return stamp
      return typeof stamp === 'number' ? ms : new Date(ms).toISOString()
    }
    const series = values.map((value, row) => ({ timestamp: stampOf(row), value }))
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
