import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { OffsetRange, OffsetTracker } from './offsets.ts'

/** KEDA scales on committed offsets, so they must not be old; a commit is one small request for all partitions. */
const INTERVAL_MS = 200
/** All is said again this often: what a former owner has stored over it by a late commit does not stay. */
const REPEAT_MS = 5_000
const WARN_AFTER_MS = 10_000

/** What is stored for a partition: the next offset to run, and what is finished beyond it. */
export interface Commit {
  readonly offset: number
  readonly finished: readonly OffsetRange[]
}

interface CommitTarget {
  commit(commits: ReadonlyMap<number, Commit>): Promise<void>
}

const isSame = (a: Commit, b: Commit | undefined): boolean =>
  a.offset === b?.offset &&
  a.finished.length === b.finished.length &&
  a.finished.every(({ from, to }, i) => from === b.finished[i]?.from && to === b.finished[i]?.to)

/** Commits what may be committed, soon after it may, one request at a time. */
export class Committer {
  readonly #target: CommitTarget
  readonly #trackers: () => ReadonlyMap<number, OffsetTracker>
  readonly #log: Logger
  /** What the brokers have, as far as known: by tracker, since a partition that is lost and found has another one. */
  #stored = new WeakMap<OffsetTracker, Commit>()
  #timer: NodeJS.Timeout | undefined
  readonly #repeat: NodeJS.Timeout
  readonly #committing = new SerialLoop(() => this.#commit())
  #stopped = false
  #failingSince: number | undefined
  #warned = false

  constructor(target: CommitTarget, trackers: () => ReadonlyMap<number, OffsetTracker>, log: Logger) {
    this.#target = target
    this.#trackers = trackers
    this.#log = log
    this.#repeat = setInterval(() => this.sayAgain(), REPEAT_MS)
    this.#repeat.unref()
  }

  /** Something finished: a commit follows within the interval. */
  schedule(): void {
    if (this.#stopped || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#committing.poke()
    }, INTERVAL_MS)
  }

  /** It is not certain any more what the brokers have: the next commit says everything. */
  sayAgain(): void {
    this.#stored = new WeakMap()
    this.schedule()
  }

  /** Commits what is due at once; resolves when it has been tried. */
  async flush(): Promise<void> {
    this.#committing.poke()
    await this.#committing.idle()
  }

  /** Commits what is left, and no more after that. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearInterval(this.#repeat)
    await this.flush()
  }

  async #commit(): Promise<void> {
    const due = [...this.#trackers()].flatMap(([partition, tracker]) => {
      const commit = { offset: tracker.committable, finished: tracker.finishedBeyond }
      return isSame(commit, this.#stored.get(tracker)) ? [] : [{ partition, tracker, commit }]
    })
    if (due.length === 0) return
    const stored = this.#stored
    try {
      await this.#target.commit(new Map(due.map(({ partition, commit }) => [partition, commit])))
      // Into the map of then: what was to be said again meanwhile is.
      for (const { tracker, commit } of due) stored.set(tracker, commit)
      this.#failingSince = undefined
      this.#warned = false
    } catch (error) {
      this.#failed(error)
      this.schedule()
    }
  }

  /** Rebalances do this all the time; what is not stored now is stored with the next commit, or looked up again. */
  #failed(error: unknown): void {
    this.#failingSince ??= performance.now()
    if (this.#warned || performance.now() - this.#failingSince < WARN_AFTER_MS) return
    this.#warned = true
    this.#log.warn({ err: error }, 'offsets can’t be committed; lag looks larger than it is')
  }
}
