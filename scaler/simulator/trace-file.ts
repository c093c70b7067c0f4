/**
 * Recorded arrivals from a file:
 * - `.csv`: a head line with `seconds` and `jobs`; a row says how many jobs came from then until the next row (the last: within a second);
 * - `.jsonl`: a timeline, one JSON object a line, `{at, lag, finished, …}` as `test/bench/simulator.ts` records it from
 *   `GET /api/scaling` (`at`: RFC 3339, or milliseconds since the epoch): jobs that came are those finished and those that wait;
 * - `.json`: the report of `npm run load -- --json`: its jobs as they were accepted.
 */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { AppError, toError } from '../../core/errors.ts'
import { type Trace, traceOf } from './trace.ts'

/** Jobs that came in evenly between two times. */
interface Span {
  readonly fromS: number
  readonly untilS: number
  readonly jobs: number
}

/** Jobs that had come in by a time. */
interface Point {
  readonly atS: number
  readonly jobs: number
}

const MAX_SECONDS = 1e7

const csvRow = z.object({
  seconds: z.coerce.number().min(0).max(MAX_SECONDS),
  jobs: z.coerce.number().min(0),
})

const time = z.union([z.number(), z.iso.datetime().transform((text) => Date.parse(text))])
export const timelineEntry = z.object({
  at: time,
  lag: z.number().min(0),
  finished: z.number().min(0),
  desired: z.number().min(0),
  ready: z.number().min(0),
  /** Jobs that had been accepted, where that is known. */
  accepted: z.number().min(0).optional(),
})
/** A moment of a recorded run; `at` in milliseconds since the epoch. */
export type TimelineEntry = z.output<typeof timelineEntry>

const loadReport = z.object({ timeline: z.array(z.object({ atS: z.number(), accepted: z.number() })) })

const checked = <T>(schema: z.ZodType<T>, value: unknown, where: string): T => {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data as T
  const [issue] = error.issues
  const field = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  throw new AppError('REQUEST_INVALID', `${where}: ${field}${issue?.message ?? 'is not readable'}`)
}

const json = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('REQUEST_INVALID', `${where}: is not JSON`)
  }
}

/** @throws AppError REQUEST_INVALID naming line and field */
export const readTimeline = (text: string, file: string): TimelineEntry[] =>
  text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `${file}:${index + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, where }) => checked(timelineEntry, json(line, where), where))
    .sort((a, b) => a.at - b.at)

const spansOf = (points: readonly Point[]): Span[] =>
  points.map(({ atS, jobs }, index) => {
    const before = points[index - 1] ?? { atS, jobs: 0 }
    return { fromS: before.atS, untilS: atS, jobs: jobs - before.jobs }
  })

const ofCsv = (text: string, file: string): Span[] => {
  const invalid = (row: number, message: string): AppError =>
    new AppError('REQUEST_INVALID', `${file}, row ${row}: ${message}`)
  let records: unknown[]
  try {
    records = parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true, comment: '#' })
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file}: ${toError(cause).message}`)
  }
  const rows = records.map((record, index) => checked(csvRow, record, `${file}, row ${index + 1}`))
  return rows.map(({ seconds, jobs }, index) => {
    const untilS = rows[index + 1]?.seconds ?? seconds + 1
    if (untilS <= seconds) throw invalid(index + 2, 'seconds: must be more than in the row before')
    return { fromS: seconds, untilS, jobs }
  })
}

/**
 * Jobs that had come in by the moments of a timeline, those that waited at its beginning included, where they are not counted. Lag is read later than results are
 * counted: both together may be more than there ever were, and less than a moment before.
 */
export const arrivalsOf = (timeline: readonly TimelineEntry[]): Point[] => {
  const start = timeline[0]?.at ?? 0
  const before = timeline[0]?.finished ?? 0
  const all = (timeline.at(-1)?.lag ?? 0) + (timeline.at(-1)?.finished ?? 0) - before
  let most = 0
  return timeline.map(({ at, lag, finished, accepted }) => {
    most = Math.max(most, accepted ?? Math.min(all, lag + finished - before))
    return { atS: (at - start) / 1_000, jobs: most }
  })
}

/** What comes within no time counts as within the second before. */
const bySecond = (spans: readonly Span[]): Float64Array => {
  const seconds = new Float64Array(Math.max(1, Math.ceil(spans.at(-1)?.untilS ?? 0)))
  for (const { fromS, untilS, jobs } of spans) {
    if (untilS <= fromS) {
      const second = Math.max(0, Math.ceil(untilS) - 1)
      seconds[second] = (seconds[second] ?? 0) + jobs
      continue
    }
    for (let second = Math.floor(fromS); second < untilS; second++) {
      const share = (Math.min(untilS, second + 1) - Math.max(fromS, second)) / (untilS - fromS)
      seconds[second] = (seconds[second] ?? 0) + jobs * share
    }
  }
  return seconds
}

/** The arrivals of a recorded run. */
export const traceOfTimeline = (name: string, timeline: readonly TimelineEntry[]): Trace =>
  traceOf(name, bySecond(spansOf(arrivalsOf(timeline))))

const readers: Readonly<Record<string, (text: string, file: string) => Span[]>> = {
  '.csv': ofCsv,
  '.jsonl': (text, file) => spansOf(arrivalsOf(readTimeline(text, file))),
  '.json': (text, file) =>
    spansOf(
      checked(loadReport, json(text, file), file).timeline.map(({ atS, accepted }) => ({
        atS,
        jobs: accepted,
      })),
    ),
}

/** The files that can be read, by their ends. */
export const traceFileTypes = Object.keys(readers)

/** @throws AppError REQUEST_INVALID for what can't be read, naming file, line and field */
export const readTraceFile = async (file: string): Promise<Trace> => {
  const read = readers[extname(file)]
  if (!read) throw new AppError('REQUEST_INVALID', `${file}: must end with ${traceFileTypes.join(', ')}`)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError('REQUEST_INVALID', `${file}: ${toError(error).message}`)
  })
  const jobsBySecond = bySecond(read(text, file))
  if (!jobsBySecond.some((jobs) => jobs > 0)) throw new AppError('REQUEST_INVALID', `${file}: has no jobs`)
  return traceOf(file, jobsBySecond)
}
