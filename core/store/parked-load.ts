/** What an owner of partitions runs next of their parked jobs. */
import type { Loaded, LoadRequest, Place } from '../parking.ts'
import type { Database } from './database.ts'
import { PARKED_COLUMNS, type ParkedRow, toParked } from './parked-row.ts'

/** The last and longest time in ms that is written as an interval; what is more is as good as never. */
const MAX_MS = 1e12

type Row = { joining: string | null; next_in: number | null; cut: boolean } & (
  | { id: null }
  | (ParkedRow & { value: Buffer })
)

/*
 * Each part asks an index, partition by partition, for as much as may be taken of it, and gives ids only; values are read of what
 * is taken in the end. Where nothing is parked that is some descents of an index for each partition.
 *
 * Written so that right after a burst, when the planner knows nothing of what the table holds, it still has but one way: the
 * index that is meant and no other covers the conditions of a part, and `limit` keeps it from joining partitions with all there is.
 * `statement_timestamp()`, since conditions with `clock_timestamp()` can't use an index.
 */
const LOAD = `
with place as (
  select * from unnest($1::text[], $2::int[], $3::float8[]) as _(topic, partition, joined)
), ordered as (
  select id, rank, nth
    from unnest($4::text[], $5::int[], $6::text[]) with ordinality as asked (topic, partition, key, nth)
   cross join lateral (
     select id, row_number() over (order by sequence) as rank from parked
      where topic = asked.topic and partition = asked.partition and key = asked.key and sequence is not null
        and id <> all($12::uuid[])
      order by sequence limit $7) as _
), free as (
  select id, due from place
   cross join lateral (
     select id, due from parked
      where topic = place.topic and partition = place.partition and sequence is null and held_by is null
        and due <= statement_timestamp() + $8 * interval '1 ms'
        and (key is null or due <= statement_timestamp() - joined * interval '1 ms')
        and (key is null or (topic, partition, key) not in (select * from unnest($14::text[], $15::int[], $16::text[])))
        and id <> all($12::uuid[])
      order by due limit $9 + 1) as _
), held as (
  select id, room, row_number() over (partition by subject order by id) as rank
    from unnest($10::text[], $11::int[]) as rooms (subject, room)
   cross join place
   cross join lateral (
     select id from parked
      where held_by = subject and topic = place.topic and partition = place.partition and sequence is null
        and id <> all($12::uuid[])
      order by sequence, id limit room) as _
), chosen as (
  select id, row_number() over (order by part, rank, due, nth) as nth
    from (select id, 1 as part, rank, null::timestamptz as due, nth from ordered
          union all select id, 2, 0, due, 0 from free
          union all select id, 3, rank, null, 0 from held where rank <= room) as _
   order by nth limit $9
), sized as (
  select id, nth, sum(octet_length(value)) over (order by nth) - octet_length(value) as before
    from chosen join parked using (id)
), taken as materialized (
  select id, nth from sized where before < $13
), next as (
  select due from free where id not in (select id from taken)
  union all
  select due from place
   cross join lateral (
     select due from parked
      where topic = place.topic and partition = place.partition and sequence is null and held_by is null
        and due > statement_timestamp() and (key is not null or due > statement_timestamp() + $8 * interval '1 ms')
        and id <> all($12::uuid[])
      order by due limit 1) as _
), waiting as (
  select topic, partition from place
   cross join lateral (
     select from parked
      where topic = place.topic and partition = place.partition and sequence is null and held_by is null
        and due <= statement_timestamp()
        and due > coalesce(statement_timestamp() - joined * interval '1 ms', '-infinity')
        and key is not null and id <> all($12::uuid[])
      limit 1) as _
), told as (
  select (select date_part('epoch', min(due) - clock_timestamp()) * 1000 from next) as next_in,
         (select json_agg(waiting) from waiting) as joining,
         (select count(*) from ordered) + (select count(*) from free) + (select count(*) from held where rank <= room)
           > (select count(*) from taken) as cut
)
select job.*, next_in, cut, case when coalesce(nth, 1) = 1 then joining end as joining
  from told
  left join (select nth, value, ${PARKED_COLUMNS} from taken join parked using (id)) as job on true
 order by nth`

/**
 * Loads, in this order and up to `limit` jobs: those of keys that may go on, first the first of each; those due that keep
 * nobody waiting; those that a limit has held. Of a key never one without those before it.
 */
export const loadParked = async (db: Database, request: LoadRequest): Promise<Loaded> => {
  const { places, keys, rooms } = request
  const { rows } = await db.pool.query<Row>({
    name: 'load-parked',
    text: LOAD,
    values: [
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      places.map(({ joinedMsAgo }) => joinedMsAgo ?? null),
      keys.map(({ topic }) => topic),
      keys.map(({ partition }) => partition),
      keys.map(({ key }) => key),
      request.perKey,
      Math.min(request.withinMs, MAX_MS),
      request.limit,
      [...rooms.keys()],
      [...rooms.values()],
      request.except,
      request.bytes ?? Number.MAX_SAFE_INTEGER,
      request.without.map(({ topic }) => topic),
      request.without.map(({ partition }) => partition),
      request.without.map(({ key }) => key),
    ],
  })
  const [head] = rows
  const joining = JSON.parse(head?.joining ?? '[]') as Place[]
  const nextIn = head?.next_in ?? undefined
  return {
    jobs: rows.flatMap((row) => (row.id === null ? [] : [{ ...toParked(row), value: row.value }])),
    cut: head?.cut ?? false,
    joining,
    nextInMs: nextIn === undefined ? undefined : Math.max(0, nextIn),
  }
}
