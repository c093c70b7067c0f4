/** Bounds of what is claimed and unfinished: jobs, bytes, and the share of one key. */
export interface WindowLimits {
  readonly jobs: number
  readonly bytes: number
}

export interface WindowItem {
  readonly partition: number
  readonly key: string | undefined
  readonly bytes: number
  /** It comes from the store. */
  readonly parked?: boolean
}

/** `full`: there is no room for it. `key full`: only its key has its share. */
export type Fit = 'fits' | 'full' | 'key full'

/** A key may hold this share of the window, so that a hot key leaves room for the rest. */
const KEY_SHARE = 1 / 4

/** Parked jobs that are due have no more than this of it, so that they don't keep the log waiting. */
const PARKED_SHARE = 1 / 2

/** One key has no more of that than this share of the window. */
const PARKED_KEY_SHARE = 1 / 16

/** What each priority has of the window, however much waits of the others. */
const RANK_SHARE = 1 / 16

export class Window {
  readonly #limits: WindowLimits
  readonly #keyLimit: number
  /** Jobs of the log by key, and parked ones. */
  readonly #byKey = new Map<string, number>()
  readonly #parkedByKey = new Map<string, number>()
  readonly #rankOf: (partition: number) => number
  readonly #byRank: number[]
  readonly #rankShare: number
  #jobs = 0
  #bytes = 0
  #parked = 0
  #kept = 0

  constructor(limits: WindowLimits, ranks = 1, rankOf: (partition: number) => number = () => 0) {
    this.#limits = limits
    this.#keyLimit = Math.max(1, Math.floor(limits.jobs * KEY_SHARE))
    this.#rankOf = rankOf
    this.#byRank = Array.from({ length: ranks }, () => 0)
    this.#rankShare = Math.floor(limits.jobs * RANK_SHARE)
  }

  get jobs(): number {
    return this.#jobs
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Jobs that may still be claimed, were they small. */
  get room(): number {
    return this.#bytes >= this.#limits.bytes ? 0 : this.#limits.jobs - this.#jobs
  }

  get freeBytes(): number {
    return Math.max(0, this.#limits.bytes - this.#bytes)
  }

  get keyLimit(): number {
    return this.#keyLimit
  }

  /** Parked jobs that one key may hold: they run one after the other, so a few are plenty. */
  get parkedKeyLimit(): number {
    return Math.max(1, Math.floor(this.#limits.jobs * PARKED_KEY_SHARE))
  }

  /** Parked jobs that may be claimed now. */
  get roomForParked(): number {
    const share = Math.max(1, Math.floor(this.#limits.jobs * PARKED_SHARE))
    return Math.max(0, Math.min(this.room, share - this.#parked))
  }

  /** Keeps places for parked jobs that are due: what comes from the log leaves them free. */
  keep(places: number): void {
    this.#kept = places
  }

  /** Whether this one may be claimed. One job always may when nothing is, however large: else it never would. */
  fits({ partition, key, bytes, parked }: WindowItem): Fit {
    if (this.#jobs === 0) return 'fits'
    const free = this.#limits.jobs - this.#jobs - (parked ? 0 : this.#kept + this.#othersShare(partition))
    if (free <= 0 || this.#bytes + bytes > this.#limits.bytes) return 'full'
    if (key === undefined) return 'fits'
    // A key has a share of its own for its parked jobs: else they never came where more and more of it is in the log.
    const [jobs, limit] = parked
      ? [this.#parkedByKey.get(key), this.parkedKeyLimit]
      : [this.#byKey.get(key), this.#keyLimit]
    return (jobs ?? 0) < limit ? 'fits' : 'key full'
  }

  enter(item: WindowItem): void {
    this.#count(item, 1)
  }

  leave(item: WindowItem): void {
    this.#count(item, -1)
  }

  #count({ partition, key, bytes, parked }: WindowItem, by: 1 | -1): void {
    this.#jobs += by
    if (parked) this.#parked += by
    const byKey = parked ? this.#parkedByKey : this.#byKey
    this.#bytes += by * bytes
    const rank = this.#rankOf(partition)
    this.#byRank[rank] = (this.#byRank[rank] ?? 0) + by
    if (key === undefined) return
    const jobs = (byKey.get(key) ?? 0) + by
    if (jobs > 0) byKey.set(key, jobs)
    else byKey.delete(key)
  }

  /** Places that the other priorities have and don't use. */
  #othersShare(partition: number): number {
    const own = this.#rankOf(partition)
    let free = 0
    for (let rank = 0; rank < this.#byRank.length; rank++)
      if (rank !== own) free += Math.max(0, this.#rankShare - (this.#byRank[rank] ?? 0))
    return free
  }
}
