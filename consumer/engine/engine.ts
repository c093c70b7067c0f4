/**
 * The consume engine: claim → run → record → commit.
 *
 * A record is fetched (prefetch), claimed when the window has room (one look-up a group of claims drops what has its
 * outcome already), runs when its key's turn comes and one of `concurrency` slots is free, is recorded in a group, and
 * its offset is committed once everything before it in the partition is recorded too.
 *
 * States of the engine: running → draining (starts nothing, lets what runs end) → stopped. A job that waits for
 * its next attempt holds its place in the window and the turn of its key, but no slot.
 */
import type { Kafka, KafkaMessage } from '../../core/kafka/client.ts'
import { untilDone } from '../../core/retry.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, Finished, Ran } from './claim.ts'
import { Committer } from './committer.ts'
import { KeyLanes } from './lanes.ts'
import { Ownership } from './ownership.ts'
import { Prefetch, type PrefetchedRecord } from './prefetch.ts'
import { Recorder } from './recorder.ts'
import { Source } from './source.ts'
import { Window, type WindowLimits } from './window.ts'

export interface EngineOptions<Task, Result> {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly limits: WindowLimits
  /** Jobs that run at once. */
  readonly concurrency: number
  readonly log: Logger
  /** Takes a record apart; never throws (what can't be read is a task that says so). */
  readonly decode: (message: KafkaMessage) => Task
  /** Which of these are settled already and must not run. Repeated while it throws. */
  readonly settled: (claims: readonly Claim<Task>[]) => Promise<ReadonlySet<Claim<Task>>>
  /** Runs one attempt. Never throws: a failure is a result or another attempt. */
  readonly run: (claim: Claim<Task>) => Promise<Ran<Result>>
  /** Makes results durable, all or none. Repeated while it throws. */
  readonly record: (finished: readonly Finished<Task, Result>[]) => Promise<void>
  /** Bytes of a result, for the bounds of what waits to be recorded. */
  readonly sizeOf?: (result: Result) => number
  readonly onRecorded?: (finished: readonly Finished<Task, Result>[]) => void
  readonly onCrash: (error: Error) => void
}

export class Engine<Task, Result> {
  readonly #options: EngineOptions<Task, Result>
  readonly #source: Source
  readonly #prefetch: Prefetch
  readonly #window: Window
  readonly #lanes = new KeyLanes<Claim<Task>>()
  readonly #recorder: Recorder<Finished<Task, Result>>
  readonly #committer: Committer
  readonly #owned: Ownership<Task>
  readonly #running = new Set<Claim<Task>>()
  readonly #stopping = new AbortController()
  #filling = false
  #onIdle: (() => void) | undefined

  constructor(options: EngineOptions<Task, Result>) {
    this.#options = options
    this.#window = new Window(options.limits)
    this.#source = new Source({
      ...options,
      onAssigned: (partitions, sameMember) => this.#onAssigned(partitions, sameMember),
      onBatch: (partition, batch) => {
        const taken = this.#owned.take(partition, batch)
        this.#fill()
        return taken
      },
    })
    this.#prefetch = new Prefetch(
      (partition) => this.#source.pause(partition),
      (partition) => this.#source.resume(partition),
    )
    this.#owned = new Ownership({
      source: this.#source,
      prefetch: this.#prefetch,
      log: options.log,
      stopping: this.#stopping.signal,
      onLost: (partition, claims) => this.#onLost(partition, claims),
    })
    this.#committer = new Committer(this.#source, () => this.#owned.trackers(), options.log)
    this.#recorder = new Recorder(
      {
        write: options.record,
        sizeOf: ({ result }) => options.sizeOf?.(result) ?? 0,
        onRecorded: (finished) => this.#onRecorded(finished),
      },
      options.log,
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
    return this.#running
  }

  get partitions(): number {
    return this.#owned.size
  }

  get unrecorded(): number {
    return this.#recorder.unrecorded
  }

  /** Why results can't be recorded at the moment, if so. */
  get recordFailure(): unknown {
    return this.#recorder.failure
  }

  /** Milliseconds since the group or the log last answered. */
  get silentMs(): number {
    return this.#source.silentMs
  }

  /**
   * Stops claiming, lets running jobs end for at most `limitMs`, aborts the rest, records, commits, then leaves the group.
   * What was claimed and did not end is left in the log for the next owner.
   */
  async stop(limitMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort()
    if (this.#running.size > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
      const timer = setTimeout(() => this.#onIdle?.(), limitMs)
      await idle
      clearTimeout(timer)
    }
    for (const claim of this.#running) if (!claim.lost) this.#abandon(claim, 'the worker is leaving')
    await this.#recorder.flush(5_000)
    await this.#committer.stop()
    await this.#source.stop()
  }

  #onAssigned(assigned: ReadonlySet<number>, sameMember: boolean): void {
    this.#owned.assign(assigned, sameMember)
    this.#committer.schedule()
    // What was lost leaves room for what lies here.
    this.#fill()
    this.#pump()
  }

  #onLost(partition: number, claims: ReadonlySet<Claim<Task>>): void {
    for (const claim of claims) this.#abandon(claim, 'the partition belongs to another worker now')
    this.#lanes.drop(partition)
  }

  /** The claim counts no more; what runs of it is told to end. */
  #abandon(claim: Claim<Task>, reason: string): void {
    claim.lost = true
    claim.abort.abort(new Error(reason))
    this.#window.leave(claim)
  }

  /** Claims what fits. One group of claims is looked up at a time; meanwhile room gathers for the next. */
  #fill(): void {
    const scarce = this.#lanes.ready < this.#options.concurrency
    if (this.#filling || this.#stopping.signal.aborted) return
    if (!scarce && this.#window.room < this.#options.limits.jobs / 4) return
    const claims = this.#claim()
    if (claims.length === 0) return
    this.#filling = true
    void this.#admit(claims).finally(() => {
      this.#filling = false
      this.#pump()
      this.#fill()
    })
  }

  #claim(): Claim<Task>[] {
    const claims: Claim<Task>[] = []
    this.#prefetch.take((record) => {
      const key = record.message.key?.toString()
      if (!this.#window.fits({ key, bytes: record.bytes })) return false
      const claim = this.#claimOne(record, key)
      if (claim) claims.push(claim)
      return true
    })
    for (const [partition, tracker] of this.#owned.trackers()) {
      const position = this.#prefetch.drainedTo(partition)
      if (position === undefined || position <= tracker.position) continue
      tracker.skipTo(position)
      this.#committer.schedule()
    }
    return claims
  }

  #claimOne(record: PrefetchedRecord, key: string | undefined): Claim<Task> | undefined {
    const { partition, offset, bytes, message } = record
    const owned = this.#owned.get(partition)
    if (!owned?.tracker.claim(offset)) return undefined
    const task = this.#options.decode(message)
    const claim = {
      partition,
      offset,
      key,
      bytes,
      task,
      attempt: 0,
      abort: new AbortController(),
      lost: false,
    }
    this.#window.enter(claim)
    owned.claims.add(claim)
    return claim
  }

  async #admit(claims: readonly Claim<Task>[]): Promise<void> {
    const settled = await untilDone(
      () => this.#options.settled(claims),
      'outcomes can’t be looked up',
      this.#options.log,
      this.#stopping.signal,
    )
    if (!settled) return
    for (const claim of claims) {
      if (claim.lost) continue
      if (settled.has(claim)) {
        this.#release(claim)
        this.#owned.get(claim.partition)?.tracker.finish(claim.offset)
        this.#committer.schedule()
      } else this.#lanes.add(claim)
    }
  }

  /** Starts jobs while slots are free. */
  #pump(): void {
    const { concurrency } = this.#options
    while (this.#running.size < concurrency && this.#recorder.hasRoom) {
      if (this.#stopping.signal.aborted) return
      const claim = this.#lanes.take()
      if (!claim) return
      claim.attempt++
      this.#running.add(claim)
      void this.#options.run(claim).then((ran) => this.#onRan(claim, ran))
    }
  }

  #onRan(claim: Claim<Task>, ran: Ran<Result>): void {
    this.#running.delete(claim)
    if (!claim.lost) {
      if ('result' in ran) {
        this.#release(claim)
        this.#lanes.done(claim)
        this.#recorder.add({ claim, result: ran.result })
      } else this.#againAfter(claim, ran.againAfterMs)
    }
    this.#fill()
    this.#pump()
    if (this.#running.size === 0) this.#onIdle?.()
  }

  #againAfter(claim: Claim<Task>, delayMs: number): void {
    setTimeout(() => {
      if (claim.lost) return
      this.#lanes.again(claim)
      this.#pump()
    }, delayMs).unref()
  }

  #release(claim: Claim<Task>): void {
    this.#owned.get(claim.partition)?.claims.delete(claim)
    this.#window.leave(claim)
  }

  #onRecorded(finished: readonly Finished<Task, Result>[]): void {
    for (const { claim } of finished) {
      if (!claim.lost) this.#owned.get(claim.partition)?.tracker.finish(claim.offset)
    }
    this.#committer.schedule()
    this.#options.onRecorded?.(finished)
    this.#pump()
  }
}
