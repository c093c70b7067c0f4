/**
 * Attempts of jobs that have no outcome yet. A worker counts them in memory; they are written down where another may have
 * to go on: when it hands its partition over, and before each start of a job that may have ended its last worker.
 */
import { type Attempt, parseAttempts } from '../job.ts'
import { uuids } from './binary-arrays.ts'
import type { Database } from './database.ts'

export interface NotedAttempts {
  readonly id: string
  /** Attempts begun so far. */
  readonly attempts: number
  /** Whether the last one was not seen to end. */
  readonly running: boolean
  /** Whether nothing else ran beside it. */
  readonly alone: boolean
  /** The record of those that have ended. */
  readonly history: readonly Attempt[]
}

/** A job that is parked, and its attempts where they were noted, too. */
export interface KnownParked {
  readonly parked: true
  readonly noted: NotedAttempts | undefined
}

/**
 * `settled`: it has its outcome. `unnamed`: it has, but that lacks what only the job's record tells (`nameOutcomes`), since it was
 * cancelled while it lay in the log. Else it is parked, or attempts of it were noted.
 */
export type KnownJob = 'settled' | 'unnamed' | KnownParked | NotedAttempts

/** What is known of jobs before they run. One look-up for a whole claim. */
export const findKnown = async (db: Database, ids: readonly string[]): Promise<Map<string, KnownJob>> => {
  const { rows } = await db.pool.query<
    { id: string } & (
      | { state: 'settled' | 'unnamed' | 'parked' }
      | { state: 'noted'; attempts: number; running: boolean; alone: boolean; history: string }
    )
  >({
    name: 'find-known',
    // In this order: what comes later outranks what came before it.
    text: `select 1 as part, 'noted' as state, id, attempts, running, alone, history
             from delivery_attempts where id = any($1::uuid[])
           union all select 2, 'parked', id, null, null, null, null from parked where id = any($1::uuid[])
           union all select 3, case when status = 'cancelled' and "offset" is null then 'unnamed' else 'settled' end, id, null, null, null, null
             from outcomes where id = any($1::uuid[])
            order by part`,
    values: [uuids(ids)],
  })
  const known = new Map<string, KnownJob>()
  for (const row of rows) {
    const { id, state } = row
    if (state === 'noted') {
      const { attempts, running, alone } = row
      known.set(id, { id, attempts, running, alone, history: parseAttempts(row.history) })
    } else if (state === 'parked') {
      const noted = known.get(id)
      known.set(id, { parked: true, noted: typeof noted === 'object' && 'id' in noted ? noted : undefined })
    } else known.set(id, state)
  }
  return known
}

/** A job may be among them twice: its record may be in the log twice. */
export const noteAttempts = async (db: Database, noted: readonly NotedAttempts[]): Promise<void> => {
  await db.pool.query({
    name: 'note-attempts',
    text: `insert into delivery_attempts (id, attempts, running, alone, history)
           select distinct on (id) id, attempts, running, alone, history
             from unnest($1::uuid[], $2::int[], $3::boolean[], $4::boolean[], $5::json[])
               as _(id, attempts, running, alone, history)
            order by id, attempts desc, running desc, alone desc
           on conflict (id) do update set attempts = excluded.attempts, running = excluded.running,
             alone = excluded.alone, history = excluded.history, noted_at = now()`,
    values: [
      noted.map((it) => it.id),
      noted.map((it) => it.attempts),
      noted.map((it) => it.running),
      noted.map((it) => it.alone),
      noted.map((it) => JSON.stringify(it.history)),
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
