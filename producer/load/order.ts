/**
 * Whether the jobs of each key ran in the order of their acceptance, and never two at once, as far as recorded attempts tell.
 *
 * Of two jobs of a key that were under way at once nobody but the log knows which was accepted first. One whose answer was there
 * before the other was sent was; so was the earlier of two lines of one request.
 * The times of attempts are the workers' clocks': where these differ, faults may be told that are none.
 */

/** A job of a key that has ended. Each kind of time has a clock of its own. */
export interface KeyedRun {
  /** Its number in this run of the load test. */
  readonly job: number
  readonly request: number
  readonly sentAt: number
  readonly answeredAt: number
  /** Of its first attempt's start and its last one's end. */
  readonly startedAt: number
  readonly endedAt: number
}

/** Jobs of one key that started before one that was accepted earlier, or before the one before them had ended. */
export const orderFaults = (runs: readonly KeyedRun[]): number => {
  // What has no length may lie at the edge of another.
  const inOrder = runs.toSorted((a, b) => a.startedAt - b.startedAt || a.endedAt - b.endedAt || a.job - b.job)
  const faulty = new Set<KeyedRun>()
  let busyUntil = Number.NEGATIVE_INFINITY
  for (const run of inOrder) {
    if (run.startedAt < busyUntil) faulty.add(run)
    busyUntil = Math.max(busyUntil, run.endedAt)
  }
  let answeredLater = Number.POSITIVE_INFINITY
  const leastLater = new Map<number, number>()
  for (const run of inOrder.toReversed()) {
    const { job, request, sentAt, answeredAt } = run
    const least = leastLater.get(request) ?? Number.POSITIVE_INFINITY
    // One of those that started later was accepted before it.
    if (answeredLater < sentAt || least < job) faulty.add(run)
    answeredLater = Math.min(answeredLater, answeredAt)
    leastLater.set(request, Math.min(least, job))
  }
  return faulty.size
}

/** An accepted job of a key. */
export type KeyedJob = Omit<KeyedRun, 'startedAt' | 'endedAt'> & { readonly key: number }

export class OrderWatch {
  readonly #open = new Map<string, KeyedJob>()
  readonly #ended = new Map<number, KeyedRun[]>()

  accepted(id: string, job: KeyedJob): void {
    this.#open.set(id, job)
  }

  /** Times of attempts in RFC 3339. Without attempts it never ran. */
  ended(id: string, attempts: readonly { startedAt: string; finishedAt?: string | undefined }[]): void {
    const job = this.#open.get(id)
    const [first, last] = [attempts[0], attempts.at(-1)]
    this.#open.delete(id)
    if (!job || !first || last?.finishedAt === undefined) return
    const { key, ...rest } = job
    const runs = this.#ended.get(key) ?? []
    this.#ended.set(key, runs)
    runs.push({ ...rest, startedAt: Date.parse(first.startedAt), endedAt: Date.parse(last.finishedAt) })
  }

  get faults(): number {
    let faults = 0
    for (const runs of this.#ended.values()) faults += orderFaults(runs)
    return faults
  }
}
