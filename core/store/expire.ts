/**
 * Deletes what has had its time, a few rows a statement: each holds its locks for a moment, and waits for nobody's. By the
 * database's clock.
 */
import type { Database } from './database.ts'

/** Tables whose rows have a time with an index on it, and when their time begins. */
const timed = {
  dead_letters: 'died_at',
  reservations: 'created_at',
  delivery_attempts: 'noted_at',
  schedule_ticks: 'at',
  fleet_samples: 'at',
  fleet_decisions: 'at',
  // Each has its own.
  data_sets: 'expires_at',
  series_alarms: 'raised_at',
} as const
export type TimedTable = keyof typeof timed
export const timedTables = Object.keys(timed) as TimedTable[]

/** Deletes at most `limit` rows that are older than `keptMs`, the oldest first; resolves to how many. */
export const expireRows = async (
  db: Database,
  table: TimedTable,
  keptMs: number,
  limit: number,
): Promise<number> => {
  const time = timed[table]
  const { rowCount } = await db.pool.query({
    name: `expire-${table}`,
    text: `delete from ${table} where ctid = any(array(
             select ctid from ${table} where ${time} < now() - $1 * interval '1 ms' order by ${time} limit $2
                for update skip locked))`,
    values: [keptMs, limit],
  })
  return rowCount ?? 0
}

/** Behind the id `after`, before the id `end`. */
export interface Walk {
  readonly after: string
  readonly end: string
}

export interface WalkStep {
  readonly deleted: number
  /** Where the next step begins; undefined: there is nothing more. */
  readonly next: string | undefined
}

/** Before all ids. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Before all ids of jobs that were submitted at this time or later, milliseconds since the epoch. */
export const firstIdAt = (time: number): string => {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}${FIRST_ID.slice(13)}`
}

/**
 * Walks on over at most `limit` outcomes, and deletes those that ended more than `keptMs` ago.
 *
 * There is no index on `finished_at`: every recorded job would pay for it. Ids sort by the submit time, and a job ends after it was
 * submitted, so all that has ended so long ago lies in the primary key before the id of that time, and little else does: jobs that
 * were submitted so long ago and took their time (delayed, or in a long queue).
 *
 * `cancelledToo`: whether those of cancelled jobs go, too. While the record of one waits in the log it is its row that keeps it from running.
 */
export const expireOutcomes = async (
  db: Database,
  { after, end }: Walk,
  keptMs: number,
  cancelledToo: boolean,
  limit: number,
): Promise<WalkStep> => {
  const { rows } = await db.pool.query<{ seen: number; last: string | null; deleted: number }>({
    name: 'expire-outcomes',
    text: `with batch as materialized (
             select id, finished_at < now() - $3 * interval '1 ms' and ($4 or status <> 'cancelled') as expired
               from outcomes where id > $1::uuid and id < $2::uuid order by id limit $5
           ), gone as (
             delete from outcomes where id = any(array(select id from batch where expired)) returning 1
           )
           select (select count(*)::int from batch) as seen, (select id from batch order by id desc limit 1) as last,
                  (select count(*)::int from gone) as deleted`,
    values: [after, end, keptMs, cancelledToo, limit],
  })
  const { seen = 0, last = null, deleted = 0 } = rows[0] ?? {}
  return { deleted, next: seen < limit || last === null ? undefined : last }
}
