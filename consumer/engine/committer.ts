import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { OffsetTracker } from './offsets.ts'

/** KEDA scales on committed offsets, so they must not be old; a commit is one small request for all partitions. */
const INTERVAL_MS = 200

interface CommitTarget {
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
}

/** Commits what may be committed, soon after it may, one request at a time. */
export class Committer {
  readonly #target: CommitTarget
  readonly #trackers: () => ReadonlyMap<number, OffsetTracker>
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined
  readonly #committing = new SerialLoop(() => this.#commit())
  #stopped = false

  constructor(target: CommitTarget, trackers: () => ReadonlyMap<number, OffsetTracker>, log: Logger) {
    this.#target = target
    this.#trackers = trackers
    this.#log = log
  }

  /** Something finished: a commit follows within the interval. */
  schedule(): void {
    if (this.#stopped || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#committing.poke()
    }, INTERVAL_MS)
  }

  /** Commits what is left, and no more after that. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#committing.poke()
    await this.#committing.idle()
  }

  async #commit(): Promise<void> {
    // The trackers themselves are kept: a partition that is lost and found meanwhile has another one.
    const due = [...this.#trackers()].flatMap(([partition, tracker]) => {
      const offset = tracker.uncommitted
      return offset === undefined ? [] : [{ partition, tracker, offset }]
    })
    if (due.length === 0) return
    try {
      await this.#target.commit(new Map(due.map(({ partition, offset }) => [partition, offset])))
      for (const { tracker, offset } of due) tracker.committed(offset)
    } catch (error) {
      // Rebalances do this all the time; what is not stored now is stored with the next commit, or run again.
      this.#log.debug({ err: error }, 'offsets were not committed')
      this.schedule()
    }
  }
}
