/** Dead letters put back: each becomes a parked job that is due now, with its id, its history, and new attempts. */
import type { Database } from './database.ts'
import { FILTER, filterValues, type LetterFilter } from './find-letters.ts'
import { tell } from './tell.ts'
import { inTransaction } from './transaction.ts'

export interface Replayed {
  /** In the order of their submission. */
  readonly replayed: readonly string[]
  /** Letters that fit and were left: of what is no job, or of a job that has ended otherwise. */
  readonly skipped: number
  /** There were more than `limit`: go on after this id. */
  readonly next: string | undefined
}

/** Letters in one transaction. */
const STEP = 500

/** Of a job, and not of one that has ended otherwise since. */
const FITS = `d.replayable and d.type is not null and d.value is not null
       and not exists (select from outcomes o where o.id = d.id and o.status <> 'dead')`

/** The letters, locked; what another replays or drops at this moment is its own. */
const CHOOSE = `
  select id, ${FITS} as fits from dead_letters d
   where ${FILTER} and ($7::uuid is null or id > $7)
   order by id limit $8 for update skip locked`

/**
 * What a worker that has just recorded the end has not removed yet, or never will. By a statement of its own, so that the job has
 * a new row afterwards: a removal under way (`forgetParked`) goes for the old one.
 */
const CLEAR = `delete from parked where id in (select id from parked where id = any($1::uuid[]) order by id for update)`

/**
 * A keyed job joins its key's order when it is due, that is at the end. In the order of their acceptance: so are they
 * due, a microsecond one after the other.
 */
const PUT = `
  with taken as (
    delete from dead_letters d
     where d.id = any($1::uuid[]) and ${FITS}
    returning d.*
  ), revived as (
    delete from outcomes o using taken where o.id = taken.id and o.status = 'dead'
  ), forgotten as (
    delete from delivery_attempts a using taken where a.id = taken.id
  )
  insert into parked (id, topic, partition, "offset", key, type, value, traceparent, reason, sequence, due, held_by,
    attempt, attempts_before, attempts, submitted_at)
  select id, topic, partition, "offset", key, type, value, traceparent, 'replay', null,
         now() - ($2 - row_number() over (order by submitted_at, topic, partition, "offset", id)) * interval '1 us', null,
         made, made, attempts, coalesce(submitted_at, died_at)
    from taken cross join lateral (select coalesce((attempts -> -1 ->> 'attempt')::int, 0) as made) as _
   order by id
  on conflict (id) do nothing
  returning id`

interface Step {
  readonly seen: readonly string[]
  readonly replayed: readonly string[]
}

const step = (
  db: Database,
  schema: string,
  filter: LetterFilter,
  after: string | undefined,
  limit: number,
): Promise<Step> =>
  inTransaction(db, async (client) => {
    const { rows } = await client.query<{ id: string; fits: boolean }>(CHOOSE, [
      ...filterValues(filter),
      after ?? null,
      limit,
    ])
    const seen = rows.map(({ id }) => id)
    const fits = rows.filter((row) => row.fits).map(({ id }) => id)
    if (fits.length === 0) return { seen, replayed: [] }
    await client.query(CLEAR, [fits])
    const put = await client.query<{ id: string }>(PUT, [fits, fits.length])
    if (put.rows.length > 0) await tell(client, schema, { kind: 'parked' })
    return { seen, replayed: put.rows.map(({ id }) => id).sort() }
  })

/**
 * Replays letters that fit, at most `limit` of them, in steps of one transaction each: letter and outcome go, the parked job comes, and
 * workers are told. A failure leaves the steps before it done.
 */
export const replayLetters = async (
  db: Database,
  schema: string,
  filter: LetterFilter & { readonly after?: string | undefined },
  limit: number,
): Promise<Replayed> => {
  const replayed: string[] = []
  let seen = 0
  for (let next = filter.after; ; ) {
    const size = Math.min(STEP, limit - seen)
    const done = await step(db, schema, filter, next, size)
    replayed.push(...done.replayed)
    seen += done.seen.length
    next = done.seen.at(-1)
    if (done.seen.length < size) return { replayed, skipped: seen - replayed.length, next: undefined }
    if (seen >= limit) return { replayed, skipped: seen - replayed.length, next }
  }
}
