/** Dead letters put back: each becomes a parked job that is due now, with its id, its history, and new attempts. */
import type { Database } from './database.ts'
import { FILTER, filterValues, type LetterFilter } from './dead-letters.ts'
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

/**
 * The letters, locked; what another replays or drops at this moment is its own. A keyed job joins its key's order when it is due,
 * that is at the end. In order of ids, which is that of submission: so are they due, a microsecond one after the other.
 */
const REPLAY = `
  with given as (
    select id from dead_letters
     where ${FILTER} and ($7::uuid is null or id > $7)
     order by id limit $8 for update skip locked
  ), taken as (
    delete from dead_letters d using given
     where d.id = given.id and d.replayable and d.type is not null and d.value is not null
       and not exists (select from outcomes o where o.id = given.id and o.status <> 'dead')
    returning d.*
  ), revived as (
    delete from outcomes o using taken where o.id = taken.id and o.status = 'dead'
  ), put as (
    insert into parked (id, topic, partition, "offset", key, type, value, traceparent, reason, sequence, due, held_by,
      attempt, attempts_before, attempts, submitted_at)
    select id, topic, partition, "offset", key, type, value, traceparent, 'replay', null,
           now() - ($8 - row_number() over (order by id)) * interval '1 us', null,
           json_array_length(attempts), json_array_length(attempts), attempts, coalesce(submitted_at, died_at)
      from taken order by id
    on conflict (id) do nothing
  )
  select given.id, taken.id is not null as replayed from given left join taken using (id) order by given.id`

const step = (
  db: Database,
  schema: string,
  filter: LetterFilter,
  after: string | undefined,
  limit: number,
): Promise<{ id: string; replayed: boolean }[]> =>
  inTransaction(db, async (client) => {
    const { rows } = await client.query<{ id: string; replayed: boolean }>(REPLAY, [
      ...filterValues(filter),
      after ?? null,
      limit,
    ])
    if (rows.some(({ replayed }) => replayed)) await tell(client, schema, { kind: 'parked' })
    return rows
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
    const rows = await step(db, schema, filter, next, size)
    replayed.push(...rows.filter((row) => row.replayed).map(({ id }) => id))
    seen += rows.length
    next = rows.at(-1)?.id
    if (rows.length < size) return { replayed, skipped: seen - replayed.length, next: undefined }
    if (seen >= limit) return { replayed, skipped: seen - replayed.length, next }
  }
}
