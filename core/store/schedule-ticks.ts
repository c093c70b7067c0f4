/** Ticks of schedules: what the clocks read and write. One transaction takes schedules whose time has come and moves them on. */
import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import { NOW } from './schedules.ts'
import type { SchedulesTable } from './tables.ts'
import type { Queryable } from './transaction.ts'

/** When there is something to do. */
export interface Outlook {
  /** There are schedules to take. */
  readonly due: boolean
  /** Milliseconds until the next that is taken at its tick and not ahead of it; undefined: none within `withinMs`. */
  readonly nextInMs: number | undefined
}

/** Schedules of overlap `skip` are taken at their tick, all others `aheadMs` before it. $1: aheadMs, $2: names that are left alone. */
const DUE = `not paused and next_at <= now() + $1 * interval '1 ms' and (overlap <> 'skip' or next_at <= now())
  and name <> all($2::text[])`

/** Whether there is something to do, for almost nothing. */
export const lookOut = async (
  db: Database,
  aheadMs: number,
  withinMs: number,
  except: readonly string[],
): Promise<Outlook> => {
  const { rows } = await db.pool.query<{ due: boolean; next_in: number | null }>({
    name: 'look-out-for-ticks',
    text: `select exists (select from schedules where ${DUE}) as due,
             (select extract(epoch from min(next_at) - now())::float8 * 1000 from schedules
               where not paused and overlap = 'skip' and next_at > now()
                 and next_at <= now() + $3 * interval '1 ms') as next_in`,
    values: [aheadMs, except, withinMs],
  })
  const [row] = rows
  return { due: row?.due ?? false, nextInMs: row?.next_in ?? undefined }
}

/** A schedule whose time has come. */
export interface TakenSchedule {
  readonly row: Selectable<SchedulesTable>
  /** Whether the run before has not ended; told for overlap `skip` only. */
  readonly busy: boolean
}

/**
 * Takes schedules whose time has come, those that are due first: until the transaction ends no other clock has them.
 * A run has ended once it is parked no longer: its row stays while it runs, and goes with its outcome.
 */
export const takeDue = async (
  client: Queryable,
  aheadMs: number,
  limit: number,
  except: readonly string[],
): Promise<{ now: number; taken: TakenSchedule[] }> => {
  const { rows } = await client.query<Selectable<SchedulesTable> & { now: number; busy: boolean }>({
    name: 'take-due-schedules',
    text: `select *, ${NOW} as now,
             overlap = 'skip' and exists (
               select from parked where id = last_job_id
                  and not exists (select from outcomes where outcomes.id = parked.id)) as busy
             from schedules where ${DUE} order by next_at limit $3 for update skip locked`,
    values: [aheadMs, except, limit],
  })
  return {
    now: rows[0]?.now ?? 0,
    taken: rows.map(({ now: _now, busy, ...row }) => ({ row, busy })),
  }
}

/** A tick, and the job that it makes; or why it makes none. Times in milliseconds since the epoch. */
export interface NewTick {
  readonly schedule: string
  readonly at: number
  readonly job: TickJob | undefined
  readonly leftOut: string | undefined
}

export interface TickJob {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly key: string | undefined
  readonly type: string
  /** The record's value: JSON text. */
  readonly value: string
}

/** Where a schedule goes on. */
export interface Move {
  readonly name: string
  /** Undefined: no tick follows. */
  readonly nextAt: number | undefined
  /** Undefined: none of its ticks ran. */
  readonly lastJobId: string | undefined
}

/**
 * Writes ticks and parks their jobs. A tick that is there already makes no job: that, and the transaction, is what makes it one run.
 * Resolves to those that were not there.
 */
export const writeTicks = async (client: Queryable, ticks: readonly NewTick[]): Promise<Set<NewTick>> => {
  if (ticks.length === 0) return new Set()
  const column = <T>(pick: (tick: NewTick) => T): T[] => ticks.map(pick)
  const { rows } = await client.query<{ nth: bigint }>({
    name: 'write-ticks',
    text: `with given as (
             select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::int[], $7::text[],
               $8::text[], $9::text[]) with ordinality as _(schedule, at, skipped, id, topic, partition, key, type, value, nth)
           ), ticked as (
             insert into schedule_ticks (schedule, at, job_id, skipped)
             select schedule, at, id, skipped from given
             on conflict do nothing returning schedule, at
           ), parking as (
             insert into parked (id, topic, partition, key, type, value, reason, due, attempt, attempts_before, attempts,
               submitted_at)
             select id, topic, partition, key, type, convert_to(value, 'UTF8'), 'schedule', at, 0, 0, '[]', at
               from given join ticked using (schedule, at) where id is not null
           )
           select nth from given join ticked using (schedule, at)`,
    values: [
      column((it) => it.schedule),
      column((it) => new Date(it.at)),
      column((it) => it.leftOut ?? null),
      column((it) => it.job?.id ?? null),
      column((it) => it.job?.topic ?? null),
      column((it) => it.job?.partition ?? null),
      column((it) => it.job?.key ?? null),
      column((it) => it.job?.type ?? null),
      column((it) => it.job?.value ?? null),
    ],
  })
  const written = new Set(rows.map(({ nth }) => Number(nth)))
  return new Set(ticks.filter((_, index) => written.has(index + 1)))
}

/** Moves schedules on. */
export const moveOn = async (client: Queryable, moves: readonly Move[]): Promise<void> => {
  await client.query({
    name: 'move-schedules-on',
    text: `update schedules as s set next_at = given.next_at, last_job_id = coalesce(given.last_job_id, s.last_job_id)
             from unnest($1::text[], $2::timestamptz[], $3::uuid[]) as given (name, next_at, last_job_id)
            where s.name = given.name`,
    values: [
      moves.map((it) => it.name),
      moves.map((it) => (it.nextAt === undefined ? null : new Date(it.nextAt))),
      moves.map((it) => it.lastJobId ?? null),
    ],
  })
}
