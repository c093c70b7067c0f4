/**
 * Who owns a partition of a topic: one row each. `token` grows with each change of owner and is what results are
 * written under (`recordOutcomes`); a row without an owner is free; `expires_at` is the end of the owner's session by the
 * database's clock, after which the row may be taken over.
 */
import { numberingOf } from '../kafka/numbering.ts'
import type { OwnershipStore } from '../ownership.ts'
import type { Place } from '../parking.ts'
import type { Database } from './database.ts'

/** Those of what was to be written under a token that is not its partition's any more. `held`: the rows of tokens that are. */
export const refusedAmong = <Item extends { readonly token: number }>(
  items: readonly Item[],
  placeOf: (item: Item) => Place,
  held: readonly (Place & { readonly token: bigint })[],
): Set<Item> => {
  const tokens = new Map<string, Map<number, number>>()
  for (const { topic, partition, token } of held) {
    const its = tokens.get(topic) ?? new Map<number, number>()
    tokens.set(topic, its.set(partition, Number(token)))
  }
  const refused = new Set<Item>()
  for (const item of items) {
    const { topic, partition } = placeOf(item)
    if (tokens.get(topic)?.get(partition) !== item.token) refused.add(item)
  }
  return refused
}

/** Rows are locked in the order of their partitions everywhere: else recording and renewing would wait for each other. */
const OURS = `select topic, partition from ownership
               where (topic, partition, token) in (select * from unnest($1::text[], $2::int[], $3::bigint[]))
               order by topic, partition for no key update`

interface Row {
  topic: string
  partition: number
  token: bigint
  unclean: boolean
}

/** The rows of these topics (partitions by their number, `core/kafka/numbering.ts`), as seen by `owner`: a name that no other consumer ever has. */
export const ownershipsOf = (db: Database, topics: readonly string[], owner: string): OwnershipStore => {
  const { numberOf, placeOf } = numberingOf(topics)
  const columns = (numbers: readonly number[]): [string[], number[]] => {
    const places = numbers.map(placeOf)
    return [places.map(({ topic }) => topic), places.map(({ partition }) => partition)]
  }
  const ours = (tokens: ReadonlyMap<number, number>): unknown[] => [
    ...columns([...tokens.keys()]),
    [...tokens.values()],
  ]

  return {
    // Rows that are not free are not touched, so that asking again and again costs nothing; the condition is checked once more
    // where the row is locked.
    async acquire(partitions, { leaseMs, takeOver }) {
      const { rows } = await db.pool.query<Row>({
        name: 'acquire-partitions',
        text: `insert into ownership as o (topic, partition, token, owner, unclean, expires_at)
               select wanted.topic, wanted.partition, 1, $3, false, clock_timestamp() + $4 * interval '1 ms'
                 from unnest($1::text[], $2::int[]) as wanted (topic, partition)
                 left join ownership as now using (topic, partition)
                where now.owner is null or now.owner = $3 or ($5 and now.expires_at < clock_timestamp())
                order by wanted.topic, wanted.partition
               on conflict (topic, partition) do update
                 set token = o.token + 1, owner = excluded.owner, expires_at = excluded.expires_at,
                     unclean = o.owner is not null and o.owner <> excluded.owner
                 where o.owner is null or o.owner = excluded.owner or ($5 and o.expires_at < clock_timestamp())
               returning topic, partition, token, unclean`,
        values: [...columns(partitions), owner, leaseMs, takeOver],
      })
      return new Map(
        rows.map(({ token, unclean, ...place }) => [numberOf(place), { token: Number(token), unclean }]),
      )
    },

    async renew(tokens, leaseMs) {
      const { rows } = await db.pool.query<Row>({
        name: 'renew-partitions',
        text: `with ours as (${OURS})
               update ownership as o set expires_at = clock_timestamp() + $4 * interval '1 ms'
                 from ours where o.topic = ours.topic and o.partition = ours.partition
               returning o.topic, o.partition`,
        values: [...ours(tokens), leaseMs],
      })
      return new Set(rows.map(numberOf))
    },

    async release(tokens) {
      await db.pool.query({
        name: 'release-partitions',
        text: `with ours as (${OURS})
               update ownership as o set owner = null, token = token + 1
                 from ours where o.topic = ours.topic and o.partition = ours.partition`,
        values: ours(tokens),
      })
    },
  }
}
