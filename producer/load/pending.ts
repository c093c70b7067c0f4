import { makeJobId, readJobId } from '../../core/job-id.ts'

/** Width of a bucket, milliseconds of submit time. */
const BUCKET_MS = 1_000
const bucketOf = (id: string): number => Math.floor((readJobId(id)?.submittedAt ?? 0) / BUCKET_MS)

/**
 * Accepted jobs whose end was not seen yet, in buckets of a second of submit time (the id says it): ids sort by that
 * time, so a listing from newest to oldest can leave out the seconds where nothing is awaited, without any sorting.
 */
export class Pending {
  readonly #buckets = new Map<number, Map<string, number>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** `dueAt`: when the job was due, milliseconds since the epoch. */
  add(id: string, dueAt: number): void {
    const key = bucketOf(id)
    const bucket = this.#buckets.get(key) ?? new Map<string, number>()
    this.#buckets.set(key, bucket)
    if (!bucket.has(id)) this.#size++
    bucket.set(id, dueAt)
  }

  /** Removes a job that has ended; when it was due, or undefined where it is not awaited. */
  take(id: string): number | undefined {
    const key = bucketOf(id)
    const bucket = this.#buckets.get(key)
    const dueAt = bucket?.get(id)
    if (!bucket || dueAt === undefined) return undefined
    bucket.delete(id)
    this.#size--
    if (bucket.size === 0) this.#buckets.delete(key)
    return dueAt
  }

  ids(): string[] {
    return [...this.#buckets.values()].flatMap((bucket) => [...bucket.keys()])
  }

  /**
   * The cursor from which a listing (newest first, ids below the cursor) reaches the next awaited job, once it has been
   * read down to `last`; undefined where nothing is awaited below. Without `last`: from the newest.
   */
  cursorBelow(last?: string): string | undefined {
    const read = last === undefined ? Number.POSITIVE_INFINITY : bucketOf(last)
    let newest: number | undefined
    for (const key of this.#buckets.keys()) if (key <= read && key > (newest ?? -1)) newest = key
    if (newest === undefined) return undefined
    if (newest === read) return last
    return makeJobId({ submittedAt: (newest + 1) * BUCKET_MS, partition: 0, epoch: 0 })
  }
}
