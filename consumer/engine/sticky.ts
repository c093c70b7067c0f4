/**
 * Who gets which partition so that as few as possible move: the idea of Kafka's sticky assignor (KIP-54; balance first,
 * then stickiness), for members that all read the same. Of what is left to choose neighbours go to different members: the publisher
 * puts the runs of a batch into one partition after the other, and each run is to have a worker of its own. Pure.
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

/** From a partition to the nearest of these, the first and the last of all being neighbours. */
const distance = (partition: number, others: readonly number[], partitions: number): number =>
  others.reduce((nearest, other) => {
    const apart = Math.abs(other - partition)
    return Math.min(nearest, apart, partitions - apart)
  }, partitions)

/** Which `count` of its partitions a member gives: evenly apart, and as far as can be from what is `free` already. */
const giveUp = (had: readonly number[], count: number, free: readonly number[], all: number): Set<number> => {
  const far = had.map((partition) => distance(partition, free, all))
  let best: { readonly given: readonly number[]; readonly far: number } | undefined
  for (let shift = 0; shift < had.length; shift++) {
    const given = Array.from(
      { length: count },
      (_, index) => (shift + Math.floor((index * had.length) / count)) % had.length,
    )
    const nearest = Math.min(...given.map((index) => far[index] ?? 0))
    if (best === undefined || nearest > best.far) best = { given, far: nearest }
  }
  return new Set(best?.given.map((index) => had[index] ?? 0))
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Shares out `partitions` (0 to `partitions` − 1; a count) by member id. Each member gets floor or ceil of partitions /
 * members, each partition goes to exactly one, and no other balanced assignment leaves more of them where they were:
 * a member can keep no more than its share, and the larger shares go to those that had most, which is also what
 * takes as little as possible from any one of them. What moves goes to the member whose nearest partition is farthest away.
 * The same for any order of the members; empty without members.
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
  const free = [...(before.get(undefined) ?? [])]
  const shares = members
    .map(({ id }) => ({ id, had: before.get(id) ?? [] }))
    .sort((a, b) => b.had.length - a.had.length || byText(a.id, b.id))
    .map(({ id, had }, rank) => {
      const size = rank < largerShares ? least + 1 : least
      const given = giveUp(had, Math.max(0, had.length - size), free, partitions)
      free.push(...given)
      return { id, size, its: had.filter((partition) => !given.has(partition)) }
    })

  for (const partition of free.sort((a, b) => a - b)) {
    let best: { readonly its: number[]; readonly far: number } | undefined
    for (const { size, its } of shares) {
      if (its.length === size) continue
      const far = distance(partition, its, partitions)
      if (best === undefined || far > best.far) best = { its, far }
    }
    best?.its.push(partition)
  }
  return new Map(shares.map(({ id, its }) => [id, its.sort((a, b) => a - b)]))
}
