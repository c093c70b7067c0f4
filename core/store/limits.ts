/** Limits in PostgreSQL. Workers read all of them; whoever changes one tells them. */
import type { Limit, Subject } from '../limits.ts'
import type { Database } from './database.ts'
import { tell } from './tell.ts'
import { inTransaction } from './transaction.ts'

/** All limits, also those that are open and may still hold jobs. */
export const readLimits = async (db: Database): Promise<Limit[]> => {
  const rows = await db.query
    .selectFrom('limits')
    .select(['subject', 'paused', 'concurrency', 'rate'])
    .orderBy('subject')
    .execute()
  return rows.map(({ concurrency, rate, ...limit }) => ({
    ...limit,
    concurrency: concurrency ?? undefined,
    rate: rate ?? undefined,
  }))
}

/** Absent: not limited in this way. */
export interface LimitSetting {
  readonly paused: boolean
  /** 1 or more. */
  readonly concurrency?: number | null | undefined
  /** Jobs a second, from `MIN_RATE` to `MAX_RATE`. */
  readonly rate?: number | null | undefined
}

/**
 * Sets a limit, all of it, and tells workers. What runs runs on: where more of it runs than it may, nothing starts until that is
 * no more so; what started while there was no limit of concurrency is not counted.
 */
export const setLimit = async (
  db: Database,
  schema: string,
  subject: Subject,
  { paused, concurrency, rate }: LimitSetting,
): Promise<void> =>
  inTransaction(db, async (client) => {
    // A start that was due long after this one's pace is not waited for.
    await client.query(
      `insert into limits as l (subject, paused, concurrency, rate) values ($1, $2, $3, $4::float8)
       on conflict (subject) do update
         set paused = excluded.paused, concurrency = excluded.concurrency, rate = excluded.rate,
             next_start = least(l.next_start, now() + coalesce(interval '1 s' / excluded.rate, '0 s')),
             updated_at = now()`,
      [subject, paused, concurrency ?? null, rate ?? null],
    )
    await tell(client, schema, { kind: 'limits' })
  })

/**
 * Opens a limit; what it held comes back. The row stays for as long as it may hold something (`dropOpenLimits`). Resolves to whether there
 * was one.
 */
export const removeLimit = async (db: Database, schema: string, subject: Subject): Promise<boolean> =>
  inTransaction(db, async (client) => {
    const { rowCount } = await client.query(
      `update limits set paused = false, concurrency = null, rate = null, updated_at = now()
        where subject = $1 and (paused or concurrency is not null or rate is not null)`,
      [subject],
    )
    if (rowCount === 0) return false
    await tell(client, schema, { kind: 'limits' })
    return true
  })

/**
 * Deletes limits that have been open for an hour and hold nothing, and permits that nobody has asked for since they expired. A
 * job that is held by a limit that is no more (parked by somebody who did not know) gets an open one back, so that it is
 * let go. For once in a while: it reads all that is held.
 */
export const dropOpenLimits = async (db: Database): Promise<void> => {
  await db.pool.query(
    `delete from limits
      where not paused and concurrency is null and rate is null and updated_at < now() - interval '1 hour'
        and not exists (select from parked where held_by = subject)`,
  )
  await db.pool.query(`delete from permits where expires_at < now() - interval '1 hour'`)
  await db.pool.query(
    `insert into limits (subject)
     select distinct held_by from parked
      where held_by is not null and not exists (select from limits where subject = held_by)
     on conflict (subject) do nothing`,
  )
}
