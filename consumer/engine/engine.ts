/**
 * The consume engine: claim → run → record → commit.
 *
 * A record is fetched (source, prefetch), claimed when the window has room and looked up (intake), runs when its key's turn
 * comes (lanes) and a slot is free (slots), is recorded in a group (recorder), and its offset is committed once everything
 * before it in the partition is recorded too (offsets, committer). Partitions come and go with rows of their own
 * (ownership).
 *
 * States of the engine: running → leaving (starts nothing, lets what runs end, hands everything over) → stopped.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka, KafkaMessage } from '../../core/kafka/client.ts'
import type { OwnershipStore } from '../../core/ownership.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, Finished, Known, Ran } from './claim.ts'
import { Committer } from './committer.ts'
import { Intake } from './intake.ts'
import { KeyLanes } from './lanes.ts'
import { Ownership } from './ownership.ts'
import { Prefetch } from './prefetch.ts'
import { Recorder } from './recorder.ts'
import { Slots } from './slots.ts'
import { Source } from './source.ts'
import { Window, type WindowLimits } from './window.ts'

export interface EngineOptions<Task, Result> {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly limits: WindowLimits
  /** Jobs that run at once. */
  readonly concurrency: number
  /** How long running jobs of a partition that goes to another worker may take to end, in milliseconds. */
  readonly drainMs: number
  readonly ownership: OwnershipStore
  readonly log: Logger
  /** Takes a record apart; never throws (what can't be read is a task that says so). */
  readonly decode: (message: KafkaMessage) => Task
  /** What says that two records are the same job; undefined for one that is like no other. */
  readonly idOf: (task: Task) => string | undefined
  /** What is known of these: those that have their outcome don't run. Repeated while it throws. */
  readonly lookUp: (claims: readonly Claim<Task>[]) => Promise<ReadonlyMap<Claim<Task>, Known>>
  /** Runs one attempt. Never throws: a failure is a result or another attempt. */
  readonly run: (claim: Claim<Task>) => Promise<Ran<Result>>
  /**
   * Makes results durable where the claim's token is the partition's, all or none; resolves to those whose token was not.
   * Repeated while it throws.
   */
  readonly record: (
    finished: readonly Finished<Task, Result>[],
  ) => Promise<ReadonlySet<Finished<Task, Result>>>
  /** Makes known to the next owner what attempts were made of these. Repeated while it throws. */
  readonly handOver: (claims: readonly Claim<Task>[]) => Promise<void>
  /** Bytes of a result, for the bounds of what waits to be recorded. */
  readonly sizeOf?: (result: Result) => number
  readonly onRecorded?: (finished: readonly Finished<Task, Result>[]) => void
  /** A claim was given up: its partition is somebody else's. */
  readonly onLost?: (claim: Claim<Task>) => void
  readonly onCrash: (error: Error) => void
}

/** How long recording and releasing may take beyond the drain when the process leaves. */
const STORE_MS = 5_000

/** What is recorded where a partition can't be released is committed once more, and may take so long. */
const LAST_COMMIT_MS = 1_000

export class Engine<Task, Result> {
  readonly #options: EngineOptions<Task, Result>
  readonly #source: Source
  readonly #window: Window
  readonly #lanes = new KeyLanes<Claim<Task>>()
  readonly #slots: Slots<Task, Result>
  readonly #recorder: Recorder<Finished<Task, Result>>
  readonly #committer: Committer
  readonly #owned: Ownership<Task>
  readonly #intake: Intake<Task>
  readonly #stopping = new AbortController()

  constructor(options: EngineOptions<Task, Result>) {
    this.#options = options
    const stopping = this.#stopping.signal
    const { log, limits, concurrency } = options
    this.#window = new Window(limits)
    const source = new Source({
      ...options,
      onAssigned: (partitions) => this.#onAssigned(partitions),
      onBatch: (partition, batch) => {
        const taken = this.#owned.take(partition, batch)
        this.#intake.fill()
        return taken
      },
    })
    this.#source = source
    const prefetch = new Prefetch(
      (partition) => source.pause(partition),
      (partition) => source.resume(partition),
    )
    this.#committer = new Committer(source, () => this.#owned.trackers(), log)
    this.#owned = new Ownership({
      source,
      prefetch,
      store: options.ownership,
      log,
      stopping,
      suspects: limits.jobs,
      drainMs: options.drainMs,
      abandon: (claims, why) => this.#abandon(claims, why),
      onClosed: (partition) => this.#lanes.drop(partition),
      commit: () => this.#committer.flush(),
      handOver: options.handOver,
      onReady: () => this.#proceed(),
    })
    this.#intake = new Intake({
      ...options,
      prefetch,
      window: this.#window,
      owned: this.#owned,
      lanes: this.#lanes,
      stopping,
      decode: ({ message }) => options.decode(message),
      scarce: concurrency,
      worthIt: limits.jobs / 4,
      settle: (claim) => this.#settle(claim),
      onChange: () => {
        this.#committer.schedule()
        this.#slots.pump()
      },
    })
    this.#slots = new Slots<Task, Result>({
      ...options,
      lanes: this.#lanes,
      mayStart: () => this.#recorder.hasRoom && this.#owned.isFresh && !stopping.aborted,
      isSettled: () => this.#recorder.unrecorded === 0,
      onResult: (claim, result) => {
        this.#window.leave(claim)
        this.#recorder.add({ claim, result })
      },
      onWaiting: (claim) => this.#owned.between(claim),
      onFree: () => this.#intake.fill(),
    })
    this.#recorder = new Recorder(
      {
        write: options.record,
        sizeOf: ({ result }) => options.sizeOf?.(result) ?? 0,
        onWritten: (recorded, refused) => this.#onWritten(recorded, refused),
      },
      log,
    )
  }

  /** Joins the group and begins. */
  start(): Promise<void> {
    return this.#source.start()
  }

  /** Claimed and unfinished jobs. */
  get claimed(): number {
    return this.#window.jobs
  }

  /** Bytes of the claimed and unfinished jobs. */
  get claimedBytes(): number {
    return this.#window.bytes
  }

  get running(): ReadonlySet<Claim<Task>> {
    return this.#slots.running
  }

  /** Partitions that are open here. */
  get partitions(): number {
    return this.#owned.size
  }

  get unrecorded(): number {
    return this.#recorder.unrecorded
  }

  /** Why the store doesn't do what it is asked at the moment, if so. */
  get storeFailure(): unknown {
    return this.#recorder.failure ?? this.#owned.failure
  }

  /** Milliseconds since the group last answered. */
  get silentMs(): number {
    return this.#source.silentMs
  }

  /** Milliseconds for which partitions have been waited for that the group gave us and another worker still has. */
  get waitingMs(): number {
    return this.#owned.waitingMs
  }

  /**
   * Stops claiming, lets running jobs end for at most `limitMs`, aborts the rest, records, commits, releases the partitions,
   * then leaves the group. What was claimed and did not end is left in the log for the next owner.
   */
  async stop(limitMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort()
    await this.#owned.stop(limitMs, STORE_MS)
    this.#recorder.stop()
    // Where Kafka does not answer the time for it was taken already.
    await Promise.race([this.#committer.stop(), delay(LAST_COMMIT_MS, undefined, { ref: false })])
    await this.#source.stop()
  }

  #onAssigned(assigned: ReadonlySet<number>): void {
    this.#owned.assign(assigned)
    this.#committer.sayAgain()
    // What was lost leaves room for what lies here.
    this.#proceed()
  }

  #proceed(): void {
    this.#intake.fill()
    this.#slots.pump()
  }

  /** The claims count no more; what runs of them is told to end, and that is no attempt of theirs. */
  #abandon(claims: readonly Claim<Task>[], why: string): void {
    for (const claim of claims) {
      if (claim.state === 'running') claim.attempt--
      if (claim.state !== 'finished') this.#window.leave(claim)
      claim.state = 'lost'
      claim.abort.abort(new Error(why))
      this.#owned.forget(claim)
      this.#options.onLost?.(claim)
    }
  }

  #settle(claim: Claim<Task>): void {
    for (const copy of claim.copies) {
      if (copy.state === 'lost') continue
      this.#window.leave(copy)
      this.#owned.finish(copy)
    }
    this.#owned.finish(claim)
  }

  #onWritten(recorded: readonly Finished<Task, Result>[], refused: readonly Finished<Task, Result>[]): void {
    for (const { claim } of recorded) this.#settle(claim)
    for (const { claim } of refused) this.#owned.taken(claim.partition, claim.token)
    this.#committer.schedule()
    this.#options.onRecorded?.(recorded)
    this.#slots.pump()
  }
}
