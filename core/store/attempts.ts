/**
 * Attempts of jobs that have no outcome yet. A worker counts them in memory; they are written down where another may have
 * to go on: when it hands its partition over, and before each start of a job that may have ended its last worker.
 */
import type { Database } from './database.ts'

export interface NotedAttempts {
  readonly id: string
  /** Attempts begun so far. */
  readonly attempts: number
  /** Whether the last one was not seen to end. */
  readonly running: boolean
  /** Whether nothing else ran beside it. */
  readonly alone: boolean
}

/** What is known of jobs before they run: `settled` for those with an outcome. One look-up for a whole claim. */
export const findKnown = async (
  db: Database,
  ids: readonly string[],
): Promise<Map<string, 'settled' | NotedAttempts>> => {
  const { rows } = await db.pool.query<{
    id: string
    attempts: number | null
    running: boolean
    alone: boolean
  }>({
    name: 'find-known',
    text: `select id, attempts, running, alone from delivery_attempts where id = any($1::uuid[])
           union all select id, null, false, false from outcomes where id = any($1::uuid[])`,
    values: [ids],
  })
  const known = new Map<string, 'settled' | NotedAttempts>()
  for (const { attempts, ...row } of rows) {
    if (attempts === null) known.set(row.id, 'settled')
    else if (!known.has(row.id)) known.set(row.id, { ...row, attempts })
  }
  return known
}

/** A job may be among them twice: its record may be in the log twice. */
export const noteAttempts = async (db: Database, noted: readonly NotedAttempts[]): Promise<void> => {
  await db.pool.query({
    name: 'note-attempts',
    text: `insert into delivery_attempts (id, attempts, running, alone)
           select id, max(attempts), bool_or(running), bool_or(alone)
             from unnest($1::uuid[], $2::int[], $3::boolean[], $4::boolean[]) as _(id, attempts, running, alone)
            group by id
           on conflict (id) do update set attempts = excluded.attempts, running = excluded.running,
             alone = excluded.alone, noted_at = now()`,
    values: [
      noted.map((it) => it.id),
      noted.map((it) => it.attempts),
      noted.map((it) => it.running),
      noted.map((it) => it.alone),
    ],
  })
}

/** These jobs have their outcome. */
export const forgetAttempts = async (db: Database, ids: readonly string[]): Promise<void> => {
  await db.pool.query({
    name: 'forget-attempts',
    text: 'delete from delivery_attempts where id = any($1::uuid[])',
    values: [ids],
  })
}
