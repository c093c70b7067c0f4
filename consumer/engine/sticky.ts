/**
 * Who gets which partition so that as few as possible move: the idea of Kafka's sticky assignor (KIP-54; balance first,
 * then stickiness), for members that all read the same. Pure.
 */

/** What a member says that it had. A hint: nothing is lost by a wrong one but stickiness. */
export interface StickyMember {
  /** Unique in the group. */
  readonly id: string
  /** Partitions; those that don't exist are passed over. */
  readonly owned: readonly number[]
  /** Since which generation of the group it has had them. Where two claim one partition, the later has it. */
  readonly generation: number
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Shares out `partitions` (0 to `partitions` − 1; a count) by member id. Each member gets floor or ceil of partitions /
 * members, each partition goes to exactly one, and no other balanced assignment leaves more of them where they were:
 * a member can keep no more than its share, and the larger shares go to those that had most, which is also what
 * takes as little as possible from any one of them. The same for any order of the members; empty without members.
 */
export const stickyAssignment = (
  members: readonly StickyMember[],
  partitions: number,
): Map<string, number[]> => {
  const claims = members
    .toSorted((a, b) => b.generation - a.generation || byText(a.id, b.id))
    .map(({ id, owned }) => ({ id, owned: new Set(owned) }))
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const before = Map.groupBy(all, (partition) => claims.find(({ owned }) => owned.has(partition))?.id)

  const least = Math.floor(partitions / members.length)
  const largerShares = partitions % members.length
  const shares = members
    .map(({ id }) => ({ id, had: before.get(id) ?? [] }))
    .sort((a, b) => b.had.length - a.had.length || byText(a.id, b.id))
    .map(({ id, had }, rank) => {
      const size = rank < largerShares ? least + 1 : least
      return { id, size, kept: had.slice(0, size), given: had.slice(size) }
    })

  const free = [...(before.get(undefined) ?? []), ...shares.flatMap(({ given }) => given)]
  return new Map(
    shares.map(({ id, size, kept }) => {
      const got = free.splice(0, size - kept.length)
      return [id, [...kept, ...got].sort((a, b) => a - b)]
    }),
  )
}
