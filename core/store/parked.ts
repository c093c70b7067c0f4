/**
 * Parked jobs in PostgreSQL: written by the owner of their partition under its token, read by it when their time has come.
 * A row stays until the job's outcome is recorded.
 */
import type { BlockedKey, ParkedJob, ParkReason, Place } from '../parking.ts'
import type { Database } from './database.ts'
import { refusedAmong } from './ownership.ts'
import { DUE_IN } from './parked-row.ts'

export { loadParked } from './parked-load.ts'
export {
  countParked,
  findParked,
  getParked,
  listParked,
  type ParkedCount,
  type ParkedFilter,
  type ParkedView,
} from './parked-view.ts'

/** A job to park, and the ownership of its partition under which that came about (`ownership.token`). */
export interface OwnedParking {
  readonly job: ParkedJob
  readonly token: number
}

/** Due in so many ms; null: not before it is written again. */
const dueOf = ({ dueInMs }: ParkedJob): number | null => (Number.isFinite(dueInMs) ? dueInMs : null)

/**
 * Parks many jobs in one statement, of whatever topics. One that is parked already is written anew, all of it; one that is
 * among them twice is written as the last says; one that has its outcome is not written. Resolves to those that were
 * refused because the partition has another owner, under the same lock as `recordOutcomes`.
 */
export const parkJobs = async <Item extends OwnedParking>(
  db: Database,
  items: readonly Item[],
): Promise<Set<Item>> => {
  const column = <T>(pick: (job: ParkedJob) => T): T[] => items.map(({ job }) => pick(job))
  const { rows } = await db.pool.query<{ topic: string; partition: number; token: bigint }>({
    name: 'park-jobs',
    text: `with given as (
             select * from unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::text[], $7::bytea[],
               $8::text[], $9::text[], $10::bigint[], $11::float8[], $12::text[], $13::int[], $14::int[], $15::json[],
               $16::float8[], $17::bigint[], $18::float8[])
               with ordinality as _(id, topic, partition, "offset", key, type, value, traceparent, reason, sequence, due_in,
                 held_by, attempt, attempts_before, attempts, submitted, token, due_at, nth)
           ), held as (
             select topic, partition, token from ownership
              where (topic, partition, token) in (select topic, partition, token from given)
              order by topic, partition for share
           ), written as (
             insert into parked (id, topic, partition, "offset", key, type, value, traceparent, reason, sequence, due,
               held_by, attempt, attempts_before, attempts, submitted_at, parked_at)
             select distinct on (id) id, topic, partition, "offset", key, type, value, traceparent, reason, sequence,
                    coalesce(to_timestamp(due_at / 1000), clock_timestamp() + due_in * interval '1 ms', 'infinity'),
                    held_by, attempt, attempts_before, attempts, to_timestamp(submitted / 1000), clock_timestamp()
               from given join held using (topic, partition, token)
              where not exists (select from outcomes where outcomes.id = given.id)
              order by id, nth desc
             on conflict (id) do update
               set topic = excluded.topic, partition = excluded.partition, "offset" = excluded."offset",
                   key = excluded.key, type = excluded.type, value = excluded.value,
                   traceparent = excluded.traceparent, reason = excluded.reason, sequence = excluded.sequence,
                   due = excluded.due, held_by = excluded.held_by, attempt = excluded.attempt,
                   attempts_before = excluded.attempts_before, attempts = excluded.attempts,
                   submitted_at = excluded.submitted_at, parked_at = excluded.parked_at
           ), named as (
             -- Nobody may read the record again of one that was cancelled meanwhile by whom it was only a place in the log.
             update outcomes set type = coalesce(outcomes.type, given.type), key = coalesce(outcomes.key, given.key),
                    "offset" = given."offset"
               from given where outcomes.id = given.id and outcomes.status = 'cancelled' and outcomes."offset" is null
           )
           select topic, partition, token from held`,
    values: [
      column((it) => it.id),
      column((it) => it.topic),
      column((it) => it.partition),
      column((it) => it.offset ?? null),
      column((it) => it.key ?? null),
      column((it) => it.type),
      column((it) => it.value),
      column((it) => it.traceparent ?? null),
      column((it) => it.reason),
      column((it) => it.sequence ?? null),
      column(dueOf),
      column((it) => it.heldBy ?? null),
      column((it) => it.attempt),
      column((it) => it.attemptsBefore),
      column((it) => JSON.stringify(it.attempts)),
      column((it) => it.submittedAt),
      items.map(({ token }) => token),
      column((it) => it.dueAt ?? null),
    ],
  })
  return refusedAmong(items, ({ job }) => job, rows)
}

/** Removes those of these that have their outcome: not one that was replayed since, which has none. */
export const forgetParked = async (db: Database, ids: readonly string[]): Promise<void> => {
  await db.pool.query({
    name: 'forget-parked',
    // In the order in which they are parked, so that two that do this at once never wait for each other.
    text: `with gone as (
             delete from parked
              where id in (
                select id from parked
                 where id = any($1::uuid[]) and exists (select from outcomes where outcomes.id = parked.id)
                 order by id for update)
             returning topic, partition, key, sequence
           ), last as (
             select topic, partition, key, max(sequence) as sequence from gone
              where sequence is not null group by topic, partition, key
           )
           update parked set due = now() from last
            cross join lateral (
              select id from parked as p
               where p.topic = last.topic and p.partition = last.partition and p.key = last.key and p.sequence > last.sequence
               order by p.sequence limit 1) as next
            where parked.id = next.id and parked.reason = 'order'`,
    values: [ids],
  })
}

/** A limit of its own, ms. */
const FIND_LIMIT_MS = 60_000

/**
 * The keys of these partitions with jobs parked in order, and when the first of each may run.
 * From key to key in the index, not row by row: what it costs is the number of keys.
 */
export const findBlocked = async (db: Database, places: readonly Place[]): Promise<BlockedKey[]> => {
  const first = 'select key, reason, held_by, due from parked'
  const order = 'order by key, sequence limit 1'
  const query = {
    // Of very many keys it takes its time, and nothing goes on without it.
    query_timeout: FIND_LIMIT_MS,
    name: 'find-blocked',
    text: `with recursive found as (
             select * from unnest($1::text[], $2::int[]) as place (topic, partition)
              cross join lateral (
                ${first} where topic = place.topic and partition = place.partition and sequence is not null ${order}
              ) as _
             union all
             select found.topic, found.partition, next.* from found
              cross join lateral (
                ${first} where topic = found.topic and partition = found.partition and sequence is not null
                           and key > found.key ${order}
              ) as next
           )
           select topic, partition, key, reason, held_by, ${DUE_IN} from found`,
    values: [places.map(({ topic }) => topic), places.map(({ partition }) => partition)],
  }
  const { rows } = await db.pool.query<{
    topic: string
    partition: number
    key: string
    reason: ParkReason
    held_by: string | null
    due_in: number | null
  }>(query)
  return rows.map(({ reason, held_by, due_in, ...place }) => ({
    ...place,
    heldBy: held_by ?? undefined,
    dueInMs:
      held_by !== null
        ? Number.POSITIVE_INFINITY
        : reason === 'order'
          ? 0
          : (due_in ?? Number.POSITIVE_INFINITY),
  }))
}
