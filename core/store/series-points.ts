/** The points of standing series, judged: written by the jobs that append them, a row an append, and read by the API. */
import type { JudgedPoint } from '../series/watch.ts'
import { KEPT_POINTS, MAX_APPEND } from '../series/watch.ts'
import type { Database } from './database.ts'
import type { Queryable } from './transaction.ts'

/** One a point; NaN: missing, or the detector can't say. */
export interface JudgedColumns {
  readonly values: readonly number[]
  readonly scores: readonly number[]
  readonly expected: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  /** Milliseconds since the epoch; undefined: the series has no timestamps. */
  readonly timesMs: readonly number[] | undefined
}

/** The points of one append; `firstRow` 0 is the first of the series. */
export interface PointChunk extends JudgedColumns {
  readonly firstRow: number
}

interface ChunkRow {
  readonly first_row: bigint
  readonly times: number[] | null
  readonly values: number[]
  readonly scores: number[]
  readonly expected: number[]
  readonly lower: number[]
  readonly upper: number[]
}

const COLUMNS = 'first_row, times, "values", scores, expected, lower, upper'

const toChunk = ({ first_row, times, ...columns }: ChunkRow): PointChunk => ({
  ...columns,
  firstRow: Number(first_row),
  timesMs: times ?? undefined,
})

/** A job that is parked for an alarm. */
export interface AlarmJob {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly type: string
  /** The record's value: JSON text. */
  readonly value: string
}

export interface NewAlarm {
  readonly id: string
  readonly row: number
  /** JSON text. */
  readonly alarm: string
  /** What delivers it, where something does. */
  readonly job: AlarmJob | undefined
}

export interface Append {
  readonly series: string
  /** What the points were judged from: nothing is written where the series is another by now. */
  readonly version: number
  readonly jobId: string
  /** At least one point. */
  readonly chunk: PointChunk
  /** JSON text. */
  readonly result: string
  readonly alarms: readonly NewAlarm[]
  /** The detector's state after these points, where it is to be stored. */
  readonly state: Buffer | undefined
}

/**
 * Writes an append: its points, its alarms and the jobs that deliver them, all or nothing, in one statement. False, and nothing is written:
 * somebody else has changed the series since. The jobs are due at once, one after the other by microseconds: they join their key's order so.
 */
export const appendPoints = async (client: Queryable, append: Append): Promise<boolean> => {
  const { chunk, alarms, state } = append
  const jobs = alarms.flatMap(({ job }) => (job ? [job] : []))
  const rows = chunk.firstRow + chunk.values.length
  const { rows: written } = await client.query<{ moved: bigint }>({
    name: 'append-points',
    text: `with moved as (
             update series set rows = $3, timed = $4::float8[] is not null, last_ms = $5, version = version + 1,
                    alarms = alarms + cardinality($14::uuid[]), appended_at = clock_timestamp(),
                    state = coalesce($6::bytea, state), state_row = case when $6::bytea is null then state_row else $3 end
              where name = $1 and version = $2
             returning name
           ), points as (
             insert into series_points (series, first_row, job_id, times, "values", scores, expected, lower, upper, result)
             select name, $7, $8, $4, $9, $10, $11, $12, $13, $16::json from moved
           ), dropped as (
             delete from series_points using moved where series = name and first_row < $17
           ), raised as (
             insert into series_alarms (series, at_row, id, alarm, raised_at)
             select name, at_row, id, alarm::json, now()
               from moved cross join unnest($14::uuid[], $15::bigint[], $18::text[]) as _(id, at_row, alarm)
           ), parking as (
             insert into parked (id, topic, partition, key, type, value, reason, due, attempt, attempts_before, attempts,
               submitted_at)
             select id, topic, partition, key, type, convert_to(value, 'UTF8'), 'delay',
                    clock_timestamp() + nth * interval '1 us', 0, 0, '[]', now()
               from moved cross join unnest($19::uuid[], $20::text[], $21::int[], $22::text[], $23::text[], $24::text[])
                 with ordinality as _(id, topic, partition, key, type, value, nth)
           )
           select count(*) as moved from moved`,
    values: [
      append.series,
      append.version,
      rows,
      chunk.timesMs ?? null,
      chunk.timesMs?.at(-1) ?? null,
      state ?? null,
      chunk.firstRow,
      append.jobId,
      chunk.values,
      chunk.scores,
      chunk.expected,
      chunk.lower,
      chunk.upper,
      alarms.map(({ id }) => id),
      alarms.map(({ row }) => row),
      append.result,
      // A chunk that begins before has none of the points that are kept.
      rows - KEPT_POINTS - MAX_APPEND,
      alarms.map(({ alarm }) => alarm),
      jobs.map(({ id }) => id),
      jobs.map(({ topic }) => topic),
      jobs.map(({ partition }) => partition),
      jobs.map(({ key }) => key),
      jobs.map(({ type }) => type),
      jobs.map(({ value }) => value),
    ],
  })
  return written[0]?.moved === 1n
}

export interface KnownAppend {
  /** JSON text. */
  readonly result: string
  readonly scores: readonly number[]
}

/** What this job has appended to the series already; undefined: nothing. */
export const findAppend = async (
  { pool }: Database,
  series: string,
  jobId: string,
): Promise<KnownAppend | undefined> => {
  const { rows } = await pool.query<KnownAppend>({
    name: 'find-append',
    text: 'select result, scores from series_points where job_id = $2 and series = $1',
    values: [series, jobId],
  })
  return rows[0]
}

/** The state that is stored for the series; undefined: none. */
export const readState = async ({ pool }: Database, series: string): Promise<Buffer | undefined> => {
  const { rows } = await pool.query<{ state: Buffer | null }>({
    name: 'read-series-state',
    text: 'select state from series where name = $1',
    values: [series],
  })
  return rows[0]?.state ?? undefined
}

/** The chunks that hold the points from row `from` on, before row `end`: in order, the first perhaps with some before them. */
export const readChunks = async (
  { pool }: Database,
  series: string,
  from: number,
  end: number,
): Promise<PointChunk[]> => {
  const { rows } = await pool.query<ChunkRow>({
    name: 'read-series-chunks',
    text: `select ${COLUMNS} from series_points
            where series = $1 and first_row > $2 and first_row < $3 and first_row + cardinality("values") > $4
            order by first_row`,
    values: [series, from - MAX_APPEND, end, from],
  })
  return rows.map(toChunk)
}

const known = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value

/** The points of a chunk as they are shown, from row `from` on and before row `end`. */
const pointsOf = (chunk: PointChunk, from: number, end: number): JudgedPoint[] =>
  chunk.values.flatMap((value, index) => {
    const row = chunk.firstRow + index
    const at = chunk.timesMs?.[index]
    return row < from || row >= end
      ? []
      : [
          {
            row,
            ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
            value: known(value),
            score: chunk.scores[index] ?? 0,
            expected: known(chunk.expected[index]),
            lower: known(chunk.lower[index]),
            upper: known(chunk.upper[index]),
          },
        ]
  })

/** The points from row `from` on and before row `end`, as far as they are kept, in order. */
export const readPoints = async (
  db: Database,
  series: string,
  from: number,
  end: number,
): Promise<JudgedPoint[]> =>
  (await readChunks(db, series, from, end)).flatMap((chunk) => pointsOf(chunk, from, end))
