import { z } from '../../../core/handler.ts'
import { parseTimestamp, type TimestampForm } from '../../../core/series/timestamp.ts'

export interface Point {
  readonly timestamp: string | number
  readonly value: number
}
export type Series = readonly number[] | readonly Point[]

export const minPoints = 20
export const maxPoints = 100_000
/** Faults told of one series: the first ones say what is wrong. */
const maxFaults = 10

/** Reports what is wrong at a path within the series; false once enough is said. */
type Report = (path: readonly (string | number)[], message: string) => boolean

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const checkNumbers = (series: readonly unknown[], report: Report): void => {
  for (const [row, value] of series.entries()) {
    if (typeof value === 'number' && Number.isFinite(value)) continue
    const message = isObject(value)
      ? 'must be a number as the first point is: the forms can’t be mixed'
      : 'must be a finite number'
    if (!report([row], message)) return
  }
}

const checkPoints = (series: readonly unknown[], report: Report): void => {
  let form: TimestampForm | undefined
  let latest = Number.NEGATIVE_INFINITY
  for (const [row, point] of series.entries()) {
    if (!isObject(point)) {
      if (!report([row], 'must be {timestamp, value} as the first point is: the forms can’t be mixed')) return
      continue
    }
    const { timestamp, value } = point
    if (!(typeof value === 'number' && Number.isFinite(value))) {
      if (!report([row, 'value'], 'must be a finite number')) return
    }
    const parsed = parseTimestamp(timestamp)
    let fault: string | undefined
    if (parsed === undefined) {
      fault = 'must be an RFC 3339 time, YYYY-MM-DD HH:MM:SS, or milliseconds since the epoch'
    } else if (form !== undefined && parsed.form !== form) {
      fault = 'must be written as the first timestamp is: the forms can’t be mixed'
    } else if (parsed.ms < latest) {
      fault = 'must not be earlier than the row before'
    } else {
      form = parsed.form
      latest = parsed.ms
    }
    if (fault !== undefined && !report([row, 'timestamp'], fault)) return
  }
}

const checkSeries = (series: unknown, report: Report): void => {
  if (!Array.isArray(series)) {
    report([], 'must be an array of numbers, or of {timestamp, value}')
  } else if (series.length < minPoints || series.length > maxPoints) {
    report([], `must have ${minPoints} to ${maxPoints} points, has ${series.length}`)
  } else if (isObject(series[0])) {
    checkPoints(series, report)
  } else {
    checkNumbers(series, report)
  }
}

const pointSchema = {
  type: 'object',
  required: ['timestamp', 'value'],
  properties: {
    timestamp: {
      type: ['string', 'number'],
      description:
        'RFC 3339, or YYYY-MM-DD HH:MM:SS (read as UTC), or milliseconds since the epoch; in one form throughout, ' +
        'never earlier than the point before. Given back as it came.',
    },
    value: { type: 'number' },
  },
}

const bounds = { minItems: minPoints, maxItems: maxPoints }

/**
 * The schema of a series. One pass over the rows instead of zod's union of arrays: that one is slow at 100,000 rows
 * and reports every row of both forms.
 */
export const seriesSchema = z
  .custom<Series>()
  .superRefine((series, context) => {
    let faults = 0
    checkSeries(series, (path, message) => {
      context.addIssue({ code: 'custom', path: [...path], message })
      faults++
      return faults < maxFaults
    })
  })
  .meta({
    description: `The series, in order: ${minPoints} to ${maxPoints} numbers, or as many points with timestamps.`,
    anyOf: [
      { type: 'array', ...bounds, items: { type: 'number' } },
      { type: 'array', ...bounds, items: pointSchema },
    ],
  })

/** A series by column; the times (ms) and the timestamps as they came are there when the series has them. */
export interface Columns {
  readonly values: readonly number[]
  readonly timestamps: readonly (string | number)[] | undefined
  readonly timesMs: readonly number[] | undefined
}

const isTimed = (series: Series): series is readonly Point[] => isObject(series[0])

/** The columns of a series that the schema has accepted. */
export const columnsOf = (series: Series): Columns => {
  if (!isTimed(series)) return { values: series, timestamps: undefined, timesMs: undefined }
  const timestamps = series.map(({ timestamp }) => timestamp)
  return {
    values: series.map(({ value }) => value),
    timestamps,
    timesMs: timestamps.map((timestamp) => parseTimestamp(timestamp)?.ms ?? 0),
  }
}
