/**
 * The consumer group: who has which partition, and what a change of its members costs. kafkajs rebalances eagerly, with this
 * product's sticky assignment: the group gathers for `joinMs`; partitions that stay run on, those that move stand still.
 */

/** Of a worker that has no partition, and of a partition that has no worker. */
export const NOBODY = -1

/**
 * Shares out partitions so that each member gets floor or ceil of partitions / members and as few as possible move: the engine's
 * `stickyAssignment` (KIP-54), on arrays. Neighbours go to different members, nearly as they do there: each gives evenly apart, and what
 * moves is dealt out in turn. `owner` (a member by partition) is changed; gives the partitions that moved.
 */
export const assign = (owner: Int32Array, members: readonly number[]): number[] => {
  if (members.length === 0) {
    owner.fill(NOBODY)
    return []
  }
  const had = new Map<number, number[]>(members.map((member) => [member, []]))
  const free: number[] = []
  for (const [partition, member] of owner.entries()) (had.get(member) ?? free).push(partition)

  const least = Math.floor(owner.length / members.length)
  const largerShares = owner.length % members.length
  const ranked = [...had].sort(([a, hadA], [b, hadB]) => hadB.length - hadA.length || a - b)
  const sizeAt = (rank: number): number => (rank < largerShares ? least + 1 : least)
  let open = ranked.map(([member, had], rank) => {
    const surplus = Math.max(0, had.length - sizeAt(rank))
    for (let index = 0; index < surplus; index++)
      free.push(had[Math.floor((index * had.length) / surplus)] ?? 0)
    return { member, missing: sizeAt(rank) - had.length }
  })
  const left = free.sort((a, b) => a - b).values()
  do {
    open = open.filter(({ missing }) => missing > 0)
    for (const it of open) {
      owner[left.next().value ?? 0] = it.member
      it.missing--
    }
  } while (open.length > 0)
  return free
}

/** Which queues each member serves: those of member `rank` are `queues[starts[rank]]` up to `queues[starts[rank + 1]]`. */
export interface Shares {
  readonly members: readonly number[]
  readonly starts: Int32Array
  readonly queues: Int32Array
}

/** @param partitionOf by queue */
const sharesOf = (owner: Int32Array, members: readonly number[], partitionOf: Int32Array): Shares => {
  const rankOf = new Map(members.map((member, rank) => [member, rank]))
  const ranks = Array.from(partitionOf, (partition) => rankOf.get(owner[partition] ?? NOBODY) ?? NOBODY)
  const starts = new Int32Array(members.length + 1)
  for (const rank of ranks) if (rank !== NOBODY) starts[rank + 1] = (starts[rank + 1] ?? 0) + 1
  for (let rank = 0; rank < members.length; rank++)
    starts[rank + 1] = (starts[rank + 1] ?? 0) + (starts[rank] ?? 0)
  const at = starts.slice()
  const queues = new Int32Array(partitionOf.length)
  for (const [queue, rank] of ranks.entries()) {
    if (rank === NOBODY) continue
    const place = at[rank] ?? 0
    queues[place] = queue
    at[rank] = place + 1
  }
  return { members, starts, queues }
}

export class Group {
  /** A member by partition. */
  readonly owner: Int32Array
  /** Until when a partition stands still, ms. */
  readonly pausedUntil: Float64Array
  shares: Shares
  rebalances = 0
  movedPartitions = 0
  readonly #partitionOf: Int32Array
  readonly #joinMs: number
  /** In the order in which they joined. */
  #members: number[]
  #assignAt = Number.POSITIVE_INFINITY

  /** Begins in balance. @param partitionOf by queue */
  constructor(partitions: number, partitionOf: Int32Array, members: readonly number[], joinMs: number) {
    this.owner = new Int32Array(partitions).fill(NOBODY)
    this.pausedUntil = new Float64Array(partitions)
    this.#partitionOf = partitionOf
    this.#joinMs = joinMs
    this.#members = [...members]
    assign(this.owner, members)
    this.shares = sharesOf(this.owner, members, partitionOf)
  }

  has(member: number): boolean {
    return this.#members.includes(member)
  }

  /** Members join and leave: the group gathers, if it does not do so already. */
  change(joined: readonly number[], gone: readonly number[], atMs: number): void {
    if (joined.length + gone.length === 0) return
    const left = new Set(gone)
    this.#members = [...this.#members.filter((it) => !left.has(it)), ...joined]
    this.#assignAt = Math.min(this.#assignAt, atMs + this.#joinMs)
  }

  /** Whether a rebalance ends now. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#assignAt
  }

  /** Ends a rebalance that is due: partitions that move, which it gives, stand still for `handoverMs` from now on. */
  settle(nowMs: number, handoverMs: number): readonly number[] {
    if (!this.isDue(nowMs)) return []
    this.#assignAt = Number.POSITIVE_INFINITY
    const moved = assign(this.owner, this.#members)
    for (const partition of moved) this.pausedUntil[partition] = nowMs + handoverMs
    this.shares = sharesOf(this.owner, [...this.#members], this.#partitionOf)
    this.rebalances++
    this.movedPartitions += moved.length
    return moved
  }
}
