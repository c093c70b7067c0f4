/** Schedules: read and changed by the API. What the clock does with them is in `schedule-ticks.ts`. */
import type { Selectable } from 'kysely'
import type { JobError } from '../job.ts'
import { MAX_SCHEDULES, type Schedule, scheduleJob } from '../schedule.ts'
import type { Database } from './database.ts'
import type { SchedulesTable } from './tables.ts'
import { tell } from './tell.ts'
import { inTransaction, type Queryable } from './transaction.ts'

/** A row as a schedule. @throws SyntaxError, ZodError for a job that is none */
export const toSchedule = (row: Selectable<SchedulesTable>): Schedule => ({
  name: row.name,
  cron: row.cron ?? undefined,
  intervalMs: row.interval_ms === null ? undefined : Number(row.interval_ms),
  timezone: row.timezone,
  startAt: row.starts_at.getTime(),
  job: scheduleJob.parse(JSON.parse(row.job)),
  missed: row.missed,
  overlap: row.overlap,
  paused: row.paused,
  nextAt: row.next_at?.getTime(),
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
})

/** The database's clock at the beginning of the transaction, milliseconds since the epoch. */
export const NOW = 'floor(extract(epoch from now()) * 1000)::float8'

/** What is due so soon, milliseconds, is not taken back: its worker may begin with it any moment. */
export const BEGINS_MS = 250

export interface ScheduleFilter {
  readonly paused?: boolean | undefined
  /** Name of the last of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface ScheduleList {
  readonly schedules: readonly Schedule[]
  /** The database's time, milliseconds since the epoch. */
  readonly now: number
}

/** Schedules by name. */
export const listSchedules = async (db: Database, filter: ScheduleFilter): Promise<ScheduleList> => {
  const { rows } = await db.pool.query<Selectable<SchedulesTable> & { now: number }>({
    name: 'list-schedules',
    text: `select *, ${NOW} as now from schedules
            where ($1::text is null or name > $1) and ($2::boolean is null or paused = $2)
            order by name limit $3`,
    values: [filter.after ?? null, filter.paused ?? null, filter.limit],
  })
  return { schedules: rows.map(toSchedule), now: rows[0]?.now ?? 0 }
}

export interface RecentTick {
  readonly at: number
  /** Undefined: it was left out. */
  readonly jobId: string | undefined
  readonly skipped: string | undefined
}

export interface KnownSchedule {
  readonly schedule: Schedule
  /** Its last ticks, newest first. */
  readonly recent: readonly RecentTick[]
  readonly now: number
}

/** A schedule and its last `ticks`, or undefined. */
export const getSchedule = async (
  db: Database,
  name: string,
  ticks: number,
): Promise<KnownSchedule | undefined> => {
  const found = await db.pool.query<Selectable<SchedulesTable> & { now: number }>(
    `select *, ${NOW} as now from schedules where name = $1`,
    [name],
  )
  const [row] = found.rows
  if (!row) return undefined
  const { rows } = await db.pool.query<{ at: Date; job_id: string | null; skipped: string | null }>(
    'select at, job_id, skipped from schedule_ticks where schedule = $1 order by at desc limit $2',
    [name, ticks],
  )
  const recent = rows.map(({ at, job_id, skipped }) => ({
    at: at.getTime(),
    jobId: job_id ?? undefined,
    skipped: skipped ?? undefined,
  }))
  return { schedule: toSchedule(row), recent, now: row.now }
}

/** What becomes of a schedule: this, or nothing. */
export type ChangedSchedule = Omit<Schedule, 'createdAt' | 'updatedAt'> | 'removed'

export interface Changed {
  /** `full`: it would be one too many. */
  readonly kind: 'changed' | 'unchanged' | 'full'
  readonly before: Schedule | undefined
  /** Undefined where there is none. */
  readonly after: Schedule | undefined
  /** When, by the database's clock. */
  readonly now: number
}

const takenBack: JobError = { code: 'CANCELLED', message: 'its schedule was changed before its time' }

/**
 * Takes back the runs that were prepared for after `from`: they are cancelled, and their ticks open again. Workers may
 * have them in memory already, so their ids are told. Outcomes before parked rows, in the order of ids, as in `cancellations.ts`.
 */
const takeBack = async (client: Queryable, schema: string, name: string, from: Date): Promise<void> => {
  const { rows } = await client.query<{ id: string }>(
    `insert into outcomes (id, type, key, status, topic, partition, "offset", attempts, submitted_at, finished_at, error)
     select id, type, key, 'cancelled', topic, partition, "offset", attempts, least(submitted_at, now()), now(), $2::json
       from schedule_ticks join parked on parked.id = job_id
      where schedule = $1 and at > $3
      order by id
     on conflict (id) do nothing
     returning id`,
    [name, JSON.stringify(takenBack), from],
  )
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  await client.query(
    'delete from parked where id in (select id from parked where id = any($1::uuid[]) order by id for update)',
    [ids],
  )
  await client.query(
    'delete from schedule_ticks where schedule = $1 and at > $2 and job_id = any($3::uuid[])',
    [name, from, ids],
  )
  await tell(client, schema, { kind: 'cancelled', ids })
}

const write = async (
  client: Queryable,
  changed: Exclude<ChangedSchedule, 'removed'>,
  isNew: boolean,
  now: number,
): Promise<Schedule | undefined> => {
  const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))
  const { rows } = await client.query<Selectable<SchedulesTable>>(
    isNew
      ? `insert into schedules (name, cron, interval_ms, timezone, starts_at, job, missed, overlap, paused, next_at,
           created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         on conflict (name) do nothing returning *`
      : `update schedules set cron = $2, interval_ms = $3, timezone = $4, starts_at = $5, job = $6, missed = $7,
           overlap = $8, paused = $9, next_at = $10, updated_at = $11
          where name = $1 returning *`,
    [
      changed.name,
      changed.cron ?? null,
      changed.intervalMs ?? null,
      changed.timezone,
      date(changed.startAt),
      JSON.stringify(changed.job),
      changed.missed,
      changed.overlap,
      changed.paused,
      date(changed.nextAt),
      new Date(now),
    ],
  )
  const [row] = rows
  return row && toSchedule(row)
}

/**
 * Changes one schedule as `change` says, given what is there and the database's time; undefined leaves it. In one transaction which holds
 * it against the clocks; runs that were prepared for later are taken back, so that what was changed holds from now on.
 */
export const changeSchedule = async (
  db: Database,
  schema: string,
  name: string,
  change: (present: Schedule | undefined, now: number) => ChangedSchedule | undefined,
): Promise<Changed> => {
  for (;;) {
    const changed = await inTransaction(db, async (client): Promise<Changed | 'taken'> => {
      const found = await client.query<Selectable<SchedulesTable>>(
        'select * from schedules where name = $1 for update',
        [name],
      )
      const [row] = found.rows
      const before = row && toSchedule(row)
      // Of now, not of the beginning: a clock may have held it meanwhile.
      const times = await client.query<{ now: number }>(
        'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now',
      )
      const now = times.rows[0]?.now ?? 0
      const next = change(before, now)
      if (next === undefined) return { kind: 'unchanged', before, after: before, now }
      if (before) await takeBack(client, schema, name, new Date(now + BEGINS_MS))
      if (next === 'removed') {
        await client.query('delete from schedules where name = $1', [name])
        return { kind: 'changed', before, after: undefined, now }
      }
      if (!before) {
        const counted = await client.query<{ count: bigint }>('select count(*) from schedules')
        if (Number(counted.rows[0]?.count) >= MAX_SCHEDULES)
          return { kind: 'full', before, after: undefined, now }
      }
      const after = await write(client, next, before === undefined, now)
      return after ? { kind: 'changed', before, after, now } : 'taken'
    })
    // Somebody else has created it meanwhile: now it is there.
    if (changed !== 'taken') return changed
  }
}

/** Schedules that tick, and those that don't. */
export const countSchedules = async (db: Database): Promise<{ active: number; paused: number }> => {
  const { rows } = await db.pool.query<{ active: bigint; paused: bigint }>({
    name: 'count-schedules',
    text: 'select count(*) filter (where not paused) as active, count(*) filter (where paused) as paused from schedules',
  })
  return { active: Number(rows[0]?.active ?? 0), paused: Number(rows[0]?.paused ?? 0) }
}
