/**
 * Who owns a partition of a topic: one row each. `token` grows with each change of owner and is what results are
 * written under (`recordOutcomes`); a row without an owner is free; `expires_at` is the end of the owner's session by the
 * database's clock, after which the row may be taken over.
 */
import type { OwnershipStore } from '../ownership.ts'
import type { Database } from './database.ts'

const pairs = (tokens: ReadonlyMap<number, number>): [number[], number[]] => [
  [...tokens.keys()],
  [...tokens.values()],
]

/** Rows are locked in the order of their partitions everywhere: else recording and renewing would wait for each other. */
const OURS = `select partition from ownership
               where topic = $1 and (partition, token) in (select * from unnest($2::int[], $3::bigint[]))
               order by partition for no key update`

/** The rows of `topic`, as seen by `owner`: a name that no other consumer ever has. */
export const ownershipsOf = (db: Database, topic: string, owner: string): OwnershipStore => ({
  // Rows that are not free are not touched, so that asking again and again costs nothing; the condition is checked once more
  // where the row is locked.
  async acquire(partitions, { leaseMs, takeOver }) {
    const { rows } = await db.pool.query<{ partition: number; token: bigint; unclean: boolean }>({
      name: 'acquire-partitions',
      text: `insert into ownership as o (topic, partition, token, owner, unclean, expires_at)
             select $1, wanted, 1, $3, false, clock_timestamp() + $4 * interval '1 ms'
               from unnest($2::int[]) as wanted
               left join ownership as now on now.topic = $1 and now.partition = wanted
              where now.owner is null or now.owner = $3 or ($5 and now.expires_at < clock_timestamp())
              order by wanted
             on conflict (topic, partition) do update
               set token = o.token + 1, owner = excluded.owner, expires_at = excluded.expires_at,
                   unclean = o.owner is not null and o.owner <> excluded.owner
               where o.owner is null or o.owner = excluded.owner or ($5 and o.expires_at < clock_timestamp())
             returning partition, token, unclean`,
      values: [topic, partitions, owner, leaseMs, takeOver],
    })
    return new Map(
      rows.map(({ partition, token, unclean }) => [partition, { token: Number(token), unclean }]),
    )
  },

  async renew(tokens, leaseMs) {
    const { rows } = await db.pool.query<{ partition: number }>({
      name: 'renew-partitions',
      text: `with ours as (${OURS})
             update ownership as o set expires_at = clock_timestamp() + $4 * interval '1 ms'
               from ours where o.topic = $1 and o.partition = ours.partition
             returning o.partition`,
      values: [topic, ...pairs(tokens), leaseMs],
    })
    return new Set(rows.map(({ partition }) => partition))
  },

  async release(tokens) {
    await db.pool.query({
      name: 'release-partitions',
      text: `with ours as (${OURS})
             update ownership as o set owner = null, token = token + 1
               from ours where o.topic = $1 and o.partition = ours.partition`,
      values: [topic, ...pairs(tokens)],
    })
  },
})
