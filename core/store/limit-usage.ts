/** Limits as people see and change them: with what is under them now, and paused without a word on the rest. */
import type { Limit, Subject } from '../limits.ts'
import type { Database } from './database.ts'
import { tell } from './tell.ts'
import { inTransaction } from './transaction.ts'

/** More than this are not counted, of all limits together. */
export const MAX_HELD = 100_000

export interface LimitUsage extends Limit {
  /** Jobs with an unexpired permit; only a limit of concurrency has any. */
  readonly running: number
  /** Parked jobs that it keeps from running; those behind them in their keys' order don't count. */
  readonly held: number
}

/** All limits, also those that are open and may still hold jobs. */
export const readLimitUsage = async (db: Database): Promise<LimitUsage[]> => {
  const { rows } = await db.pool.query<
    Omit<LimitUsage, 'concurrency' | 'rate'> & { concurrency: number | null; rate: number | null }
  >({
    name: 'read-limit-usage',
    text: `with held as (
             select held_by, count(*)::int as count
               from (select held_by from parked where held_by is not null limit $1) as _ group by held_by
           ), running as (
             select subject, count(*)::int as count from permits
              where expires_at > clock_timestamp() group by subject
           )
           select subject, paused, concurrency, rate,
                  coalesce(running.count, 0) as running, coalesce(held.count, 0) as held
             from limits left join running using (subject) left join held on held_by = subject
            order by subject`,
    values: [MAX_HELD],
  })
  return rows.map(({ concurrency, rate, ...it }) => ({
    ...it,
    concurrency: concurrency ?? undefined,
    rate: rate ?? undefined,
  }))
}

/** Whether any job of the type is parked. */
export const hasParked = async (db: Database, type: string): Promise<boolean> => {
  const { rowCount } = await db.pool.query('select from parked where type = $1 limit 1', [type])
  return rowCount === 1
}

/** Pauses or resumes; what else is limited stays as it is. Tells workers. */
export const setPaused = async (
  db: Database,
  schema: string,
  subject: Subject,
  paused: boolean,
): Promise<void> =>
  inTransaction(db, async (client) => {
    await client.query(
      paused
        ? `insert into limits (subject, paused) values ($1, true)
           on conflict (subject) do update set paused = true, updated_at = now()`
        : 'update limits set paused = false, updated_at = now() where subject = $1',
      [subject],
    )
    await tell(client, schema, { kind: 'limits' })
  })
