/** Outcomes: written by workers in groups, read by masters one by one, in lists, and by id for whoever waits. */
import type { Selectable } from 'kysely'
import { z } from 'zod'
import { attempt, type Job, jobError, type Outcome, type OutcomeStatus } from '../job.ts'
import type { Database } from './database.ts'
import type { OutcomesTable } from './tables.ts'

const date = (ms: number): Date => new Date(ms)

/**
 * Writes many outcomes in one statement; a job that has one already keeps it. Resolves to the ids newly written.
 * One round trip and one transaction, whatever the number: the price of durability is paid once a group.
 */
export const recordOutcomes = async (db: Database, outcomes: readonly Outcome[]): Promise<Set<string>> => {
  const column = <T>(pick: (outcome: Outcome) => T): T[] => outcomes.map(pick)
  const { rows } = await db.pool.query<{ id: string }>({
    name: 'record-outcomes',
    text: `insert into outcomes (id, type, key, status, topic, partition, "offset", attempts,
             submitted_at, started_at, finished_at, worker, result, error)
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[],
             $8::json[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::json[], $14::json[])
           on conflict (id) do nothing returning id`,
    values: [
      column((it) => it.id),
      column((it) => it.type),
      column((it) => it.key ?? null),
      column((it) => it.status),
      column((it) => it.topic),
      column((it) => it.partition),
      column((it) => it.offset),
      column((it) => JSON.stringify(it.attempts)),
      column((it) => date(it.submittedAt)),
      column((it) => (it.startedAt === undefined ? null : date(it.startedAt))),
      column((it) => date(it.finishedAt)),
      column((it) => it.worker),
      column((it) => it.resultJson ?? null),
      column((it) => (it.error === undefined ? null : JSON.stringify(it.error))),
    ],
  })
  return new Set(rows.map(({ id }) => id))
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

const attempts = z.array(attempt)

const toJob = (row: Selectable<OutcomesTable>, withResult: boolean): Job => ({
  id: row.id,
  type: row.type,
  ...(row.key === null ? {} : { key: row.key }),
  status: row.status,
  attempts: attempts.parse(JSON.parse(row.attempts)),
  submittedAt: row.submitted_at.toISOString(),
  ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
  finishedAt: row.finished_at.toISOString(),
  worker: row.worker,
  ...(withResult && row.result !== null ? { result: JSON.parse(row.result) as unknown } : {}),
  ...(row.error === null ? {} : { error: jobError.parse(JSON.parse(row.error)) }),
})

/** An ended job with its result, or undefined. */
export const getOutcome = async (db: Database, id: string): Promise<Job | undefined> => {
  const row = await db.query.selectFrom('outcomes').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toJob(row, true)
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
  return (await query.execute()).map((row) => toJob(row, false))
}
