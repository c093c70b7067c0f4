/** Outcomes: written by workers in groups, read by masters one by one, in lists, and by id for whoever waits. */
import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { ChildOutcome } from '../handlers/platform.ts'
import {
  type Attempt,
  type Job,
  jobError,
  type Outcome,
  type OutcomeStatus,
  parseAttempts,
  withoutLogs,
} from '../job.ts'
import { bigints, ints, jsons, texts, times, uuids } from './binary-arrays.ts'
import type { Database } from './database.ts'
import { refusedAmong } from './ownership.ts'
import type { OutcomesTable } from './tables.ts'
import type { Queryable } from './transaction.ts'

/** An outcome, and the ownership of its partition under which it came about (`ownership.token`). */
export interface OwnedOutcome {
  readonly outcome: Outcome
  readonly token: number
}

/**
 * Writes many outcomes in one statement; a job that has one already keeps it. Resolves to those that were
 * refused because the partition has another owner: the rows are locked against a change of owner until this is
 * committed, so whoever takes over sees either all of it or none.
 * One round trip and one transaction, whatever the number: the price of durability is paid once a group.
 */
export const recordOutcomes = async <Item extends OwnedOutcome>(
  queryable: Queryable,
  items: readonly Item[],
): Promise<Set<Item>> => {
  const column = <T>(pick: (outcome: Outcome) => T): T[] => items.map(({ outcome }) => pick(outcome))
  const { rows } = await queryable.query<{ topic: string; partition: number; token: bigint }>({
    name: 'record-outcomes',
    text: `with given as (
             select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::json[],
               $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::json[], $13::json[], $14::bigint[],
               $15::text[], $16::json[])
               as _(id, type, key, status, partition, "offset", attempts,
                    submitted_at, started_at, finished_at, worker, result, error, token, topic, schedule)
           ), held as (
             select topic, partition, token from ownership
              where (topic, partition, token) in (select topic, partition, token from given)
              order by topic, partition for share
           ), written as (
             insert into outcomes (id, type, key, status, topic, partition, "offset", attempts,
               submitted_at, started_at, finished_at, worker, result, error, schedule)
             select id, type, key, status, topic, partition, "offset", attempts,
                    submitted_at, started_at, finished_at, worker, result, error, schedule
               from given join held using (topic, partition, token)
              -- One whose first answer was lost, and which was replayed before it is written again, is not dead any more.
              where status <> 'dead' or not exists (
                select from parked where parked.id = given.id
                   and attempts_before >= coalesce((given.attempts -> -1 ->> 'attempt')::int, 0))
              -- As cancellations are: else a group and a cancellation may wait for each other.
              order by id
             -- Of a job that was cancelled meanwhile, whoever did that may not have known what its record holds.
             on conflict (id) do update
               set type = coalesce(outcomes.type, excluded.type), key = coalesce(outcomes.key, excluded.key), "offset" = excluded."offset"
               where outcomes.status = 'cancelled' and outcomes."offset" is null
           )
           select topic, partition, token from held`,
    values: [
      uuids(column((it) => it.id)),
      texts(column((it) => it.type)),
      texts(column((it) => it.key ?? null)),
      texts(column((it) => it.status)),
      ints(column((it) => it.partition)),
      bigints(column((it) => it.offset ?? null)),
      jsons(column((it) => JSON.stringify(it.attempts))),
      times(column((it) => it.submittedAt)),
      times(column((it) => it.startedAt ?? null)),
      times(column((it) => it.finishedAt)),
      texts(column((it) => it.worker)),
      jsons(column((it) => it.resultJson ?? null)),
      jsons(column((it) => (it.error === undefined ? null : JSON.stringify(it.error)))),
      bigints(items.map(({ token }) => token)),
      texts(column((it) => it.topic)),
      jsons(column((it) => (it.schedule === undefined ? null : JSON.stringify(it.schedule)))),
    ],
  })
  return refusedAmong(items, ({ outcome }) => outcome, rows)
}

/** Which of these jobs have an outcome: one look-up for a whole claim. */
export const findOutcomes = async (
  db: Database,
  ids: readonly string[],
): Promise<Map<string, OutcomeStatus>> => {
  const { rows } = await db.pool.query<{ id: string; status: OutcomeStatus }>({
    name: 'find-outcomes',
    text: 'select id, status from outcomes where id = any($1::uuid[])',
    values: [ids],
  })
  return new Map(rows.map(({ id, status }) => [id, status]))
}

/** Which of these jobs were cancelled. */
export const cancelledAmong = async (db: Database, ids: readonly string[]): Promise<Set<string>> => {
  const { rows } = await db.pool.query<{ id: string }>({
    name: 'cancelled-among',
    text: `select id from outcomes where id = any($1::uuid[]) and status = 'cancelled'`,
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}

/** What the record of a job tells. */
export interface JobName {
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly offset: number | bigint
}

/** Fills in what outcomes of jobs lack that were cancelled before their records were read (`findKnown`: `unnamed`). */
export const nameOutcomes = async (db: Database, names: readonly JobName[]): Promise<void> => {
  await db.pool.query({
    name: 'name-outcomes',
    text: `update outcomes set type = coalesce(outcomes.type, given.type), key = coalesce(outcomes.key, given.key),
                  "offset" = given."offset"
             from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) as given (id, type, key, "offset")
            where outcomes.id = given.id and outcomes.status = 'cancelled' and outcomes."offset" is null`,
    values: [
      names.map(({ id }) => id),
      names.map(({ type }) => type),
      names.map(({ key }) => key ?? null),
      names.map(({ offset }) => offset),
    ],
  })
}

/** What its worker knows of a job that was cancelled. */
export interface CancelledRun extends Omit<JobName, 'offset'> {
  readonly offset: number | undefined
  readonly attempts: readonly Attempt[]
  readonly worker: string
}

/** Fills in what whoever cancelled these jobs did not know: what their records hold, and attempts that had begun. */
export const completeCancelled = async (
  queryable: Queryable,
  runs: readonly CancelledRun[],
): Promise<void> => {
  await queryable.query({
    name: 'complete-cancelled',
    text: `update outcomes o set type = coalesce(o.type, given.type), key = coalesce(o.key, given.key),
                  "offset" = coalesce(o."offset", given."offset"), worker = coalesce(o.worker, given.worker),
                  attempts = case when knows_more then given.attempts else o.attempts end,
                  started_at = case when knows_more then given.started_at else o.started_at end
             from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::json[], $6::timestamptz[], $7::text[])
               as given (id, type, key, "offset", attempts, started_at, worker)
            cross join lateral (
              select json_array_length(given.attempts) > json_array_length(attempts) as knows_more
                from outcomes where outcomes.id = given.id) as _
            where o.id = given.id and o.status = 'cancelled'`,
    values: [
      runs.map(({ id }) => id),
      runs.map(({ type }) => type),
      runs.map(({ key }) => key ?? null),
      runs.map(({ offset }) => offset ?? null),
      runs.map((it) => JSON.stringify(it.attempts)),
      runs.map((it) => it.attempts[0]?.startedAt ?? null),
      runs.map(({ worker }) => worker),
    ],
  })
}

const tick = z.object({ name: z.string(), at: z.string() })

const toJob = (row: Selectable<OutcomesTable>, withResult: boolean): Job => {
  const all = parseAttempts(row.attempts)
  const progress = all.at(-1)?.progress
  return {
    id: row.id,
    ...(row.type === null ? {} : { type: row.type }),
    ...(row.key === null ? {} : { key: row.key }),
    status: row.status,
    attempts: all,
    submittedAt: row.submitted_at.toISOString(),
    ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
    finishedAt: row.finished_at.toISOString(),
    ...(row.worker === null ? {} : { worker: row.worker }),
    ...(row.schedule === null ? {} : { schedule: tick.parse(JSON.parse(row.schedule)) }),
    ...(progress ? { progress } : {}),
    ...(withResult && row.result !== null ? { result: JSON.parse(row.result) as unknown } : {}),
    ...(row.error === null ? {} : { error: jobError.parse(JSON.parse(row.error)) }),
  }
}

/** An ended job with its result, or undefined. */
export const getOutcome = async (db: Database, id: string): Promise<Job | undefined> => {
  const row = await db.query.selectFrom('outcomes').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toJob(row, true)
}

/** Ended jobs with their results, by id. */
export const getOutcomes = async (db: Database, ids: readonly string[]): Promise<Map<string, Job>> => {
  const { rows } = await db.pool.query<Selectable<OutcomesTable>>({
    name: 'get-outcomes',
    text: 'select * from outcomes where id = any($1::uuid[])',
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, toJob(row, true)]))
}

/** How ended jobs ended, and with what: for whoever gathers the results of many. */
export const readResults = async (db: Database, ids: readonly string[]): Promise<ChildOutcome[]> => {
  const { rows } = await db.pool.query<Pick<Selectable<OutcomesTable>, 'id' | 'status' | 'result' | 'error'>>(
    {
      name: 'read-results',
      text: 'select id, status, result, error from outcomes where id = any($1::uuid[])',
      values: [ids],
    },
  )
  return rows.map(({ id, status, result, error }) => ({
    id,
    status,
    result: result === null ? undefined : (JSON.parse(result) as unknown),
    error: error === null ? undefined : jobError.parse(JSON.parse(error)),
  }))
}

export interface OutcomeFilter {
  readonly status?: OutcomeStatus | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  /** Id of the last job of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Ended jobs, newest submission first, without their results. */
export const listOutcomes = async (db: Database, filter: OutcomeFilter): Promise<Job[]> => {
  let query = db.query.selectFrom('outcomes').selectAll().orderBy('id', 'desc').limit(filter.limit)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.type !== undefined) query = query.where('type', '=', filter.type)
  if (filter.key !== undefined) query = query.where('key', '=', filter.key)
  if (filter.after !== undefined) query = query.where('id', '<', filter.after)
  return (await query.execute()).map((row) => withoutLogs(toJob(row, false)))
}
