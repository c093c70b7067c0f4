/** What a standing series is, on its way in and out: settings, points, alarms, and the jobs `watch` and `webhook`. */
import { z } from 'zod'
import { parseTimestamp } from './timestamp.ts'

/** Points of one append. */
export const MAX_APPEND = 1_000
/** Points of a series that are kept at least: the last ones. */
export const KEPT_POINTS = 10_000
export const MAX_SERIES = 100_000
/** Where the settings say nothing. */
export const DEFAULT_WATCH = { detector: 'forecast', threshold: 0.5 } as const
/** A timestamp that is further ahead is a mistake (of its unit, most often), and all that follows would be late. */
const MAX_AHEAD_MS = 366 * 86_400_000
/** Faults told of one append. */
const MAX_FAULTS = 10

export const seriesName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 letters, digits, . _ - (and not . or ..)')
  .meta({ description: 'Its name; also the key of its jobs.', example: 'checkout-latency' })

/** As it is sent: a value, or one with its time; null where it is missing. */
export type Point = number | null | { readonly timestamp: string | number; readonly value: number | null }

const isTimed = (point: unknown): point is { readonly timestamp?: unknown; readonly value?: unknown } =>
  typeof point === 'object' && point !== null && !Array.isArray(point)

const valueFault = (value: unknown): string | undefined =>
  value === null || Number.isFinite(value)
    ? undefined
    : 'must be a finite number, or null where it is missing'

const timeFault = (timestamp: unknown): string | undefined => {
  const parsed = parseTimestamp(timestamp)
  if (!parsed) return 'must be an RFC 3339 time, YYYY-MM-DD HH:MM:SS, or milliseconds since the epoch'
  return parsed.ms > Date.now() + MAX_AHEAD_MS ? 'must be at most 366 days ahead' : undefined
}

/** What is wrong with one point: the member ('' is the whole) and why. */
const faultsOfPoint = (point: unknown, timed: boolean): (readonly [member: string, message: string])[] => {
  if (isTimed(point) !== timed)
    return [
      [
        '',
        timed
          ? 'must be {timestamp, value}, as the first point is'
          : 'must be a value, as the first point is',
      ],
    ]
  const members = isTimed(point)
    ? ([
        ['timestamp', timeFault(point.timestamp)] as const,
        ['value', valueFault(point.value)] as const,
      ] as const)
    : ([['', valueFault(point)] as const] as const)
  return members.flatMap(([member, message]) => (message === undefined ? [] : [[member, message] as const]))
}

const timestamped = {
  type: 'object' as const,
  required: ['timestamp', 'value'],
  properties: {
    timestamp: {
      type: ['string' as const, 'number' as const],
      description: 'RFC 3339, or YYYY-MM-DD HH:MM:SS (read as UTC), or milliseconds since the epoch.',
    },
    value: { type: ['number' as const, 'null' as const] },
  },
}

/** The points of one append, in order. One pass, not zod's union of arrays, which tells every fault of both forms. */
export const pointList = z
  .custom<readonly Point[]>(Array.isArray, 'must be an array of points')
  .superRefine((points, context) => {
    if (!Array.isArray(points)) return
    if (points.length === 0 || points.length > MAX_APPEND) {
      context.addIssue({
        code: 'custom',
        message: `must have 1 to ${MAX_APPEND} points, has ${points.length}`,
      })
      return
    }
    const timed = isTimed(points[0])
    let told = 0
    for (const [row, point] of points.entries()) {
      for (const [member, message] of faultsOfPoint(point, timed)) {
        context.addIssue({ code: 'custom', path: member === '' ? [row] : [row, member], message })
        if (++told === MAX_FAULTS) return
      }
    }
  })
  .meta({
    description: `1 to ${MAX_APPEND} points, in order: values, or values with their times; null where one is missing.`,
    type: 'array',
    minItems: 1,
    maxItems: MAX_APPEND,
    items: { anyOf: [{ type: ['number', 'null'] }, timestamped] },
  })

/** Points by column; NaN where a value is missing. */
export interface PointColumns {
  readonly values: readonly number[]
  /** Milliseconds since the epoch; undefined where the points have no times. */
  readonly timesMs: readonly number[] | undefined
}

/** The columns of points that {@link pointList} has accepted. */
export const columnsOf = (points: readonly Point[]): PointColumns => {
  const values = points.map((point) => (isTimed(point) ? point.value : point) ?? Number.NaN)
  return {
    values,
    timesMs: isTimed(points[0])
      ? points.map((point) => (isTimed(point) ? (parseTimestamp(point.timestamp)?.ms ?? 0) : 0))
      : undefined,
  }
}

/** The body of an append. */
export const append = z.strictObject({ points: pointList }).meta({ id: 'SeriesAppend' })

/** The payload of the job `webhook`: which alarm of which series. What is delivered is read from the store. */
export const webhookPayload = z.strictObject({ series: seriesName, alarm: z.uuid() })

export const severities = ['minor', 'major', 'critical'] as const

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })
const maybe = z.number().nullable()

export const alarm = z
  .object({
    id: z.uuid().meta({ description: 'The same in every delivery: `webhook-id`.' }),
    series: z.string(),
    at: time.optional().meta({ description: 'The time of its point, where the series has times.' }),
    row: z.int().meta({ description: 'Its point: 0 is the first of the series.' }),
    value: z.number(),
    score: z.number().meta({ description: 'From 0 (usual) to below 1.' }),
    severity: z.enum(severities),
    expected: maybe,
    lower: maybe,
    upper: maybe,
    explanation: z.string(),
    raisedAt: time,
  })
  .meta({ id: 'Alarm' })
export type Alarm = z.output<typeof alarm>

export const judgedPoint = z
  .object({
    row: z.int(),
    at: time.optional(),
    value: maybe.meta({ description: 'Null: it is missing.' }),
    score: z.number(),
    expected: maybe,
    lower: maybe,
    upper: maybe,
  })
  .meta({ id: 'JudgedPoint', description: 'Null of expected, lower and upper: the detector can’t say.' })
export type JudgedPoint = z.output<typeof judgedPoint>

/** What an append gives; of the job `watch`. */
export interface WatchResult {
  readonly series: string
  /** The row of its first point, and how many it has. */
  readonly firstRow: number
  readonly appended: number
  /** Points that were left out, since the series was at their time, or beyond it, already. */
  readonly skipped: { readonly late: number; readonly duplicate: number }
  readonly alarms: readonly Alarm[]
  /** What else is to be known of it. */
  readonly remarks: readonly string[]
  /** One a point that was appended. */
  readonly scores: readonly number[]
}

export const watchDetector = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the name of a streaming detector')
  .meta({ description: `A streaming detector; \`${DEFAULT_WATCH.detector}\` by default.` })

export const watchThreshold = z
  .number()
  .gt(0)
  .lt(1)
  .meta({ description: `Score from which on an alarm is raised; ${DEFAULT_WATCH.threshold} by default.` })
