/**
 * The consume engine: claim → run → record → commit.
 *
 * A record is fetched (source, prefetch), claimed when the window has room and looked up (intake), runs when its key's turn
 * comes (lanes), its limits have room (gate) and a slot is free (slots), is recorded in a group (recorder), and its offset is
 * committed once everything before it in the partition is recorded too (offsets, committer). What has to wait for longer is
 * recorded as parked, and comes back from the store when it is due (parking). Partitions come and go with rows of their own (ownership).
 *
 * States of the engine: running → leaving (starts nothing, lets what runs end, hands everything over) → stopped.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import { numberingOf } from '../../core/kafka/numbering.ts'
import type { Claim, Ended, Park } from './claim.ts'
import { Committer } from './committer.ts'
import { Gate } from './gate.ts'
import { Intake } from './intake.ts'
import { KeyLanes } from './lanes.ts'
import type { EngineOptions } from './options.ts'
import { Ownership } from './ownership.ts'
import { Parking } from './parking.ts'
import { Prefetch } from './prefetch.ts'
import { Recorder } from './recorder.ts'
import { Slots } from './slots.ts'
import { Source } from './source.ts'
import { Window } from './window.ts'

/** How long recording and releasing may take beyond the drain when the process leaves. */
const STORE_MS = 5_000

/** A longer wait for the next attempt is the store's. */
export const PARK_ABOVE_MS = 2_000

/** What is recorded where a partition can't be released is committed once more, and may take so long. */
const LAST_COMMIT_MS = 1_000

export interface PartitionProgress {
  readonly topic: string
  readonly partition: number
  readonly finished: number
  /** Keys with a job there; undefined where no job waits for its key. */
  readonly keys: number | undefined
}

export class Engine<Task, Result> {
  readonly #options: EngineOptions<Task, Result>
  readonly #source: Source
  readonly #window: Window
  readonly #lanes: KeyLanes<Claim<Task>>
  readonly #slots: Slots<Task, Result>
  readonly #gate: Gate<Task>
  readonly #parking: Parking<Task>
  readonly #recorder: Recorder<Ended<Task, Result>>
  readonly #committer: Committer
  readonly #owned: Ownership<Task>
  readonly #intake: Intake<Task>
  readonly #placeOf: ReturnType<typeof numberingOf>['placeOf']
  readonly #stopping = new AbortController()
  /** Results that wait to be recorded. */
  #results = 0

  constructor(options: EngineOptions<Task, Result>) {
    this.#options = options
    const stopping = this.#stopping.signal
    const { log, limits, concurrency, topics, weights } = options
    const { rankOf, placeOf } = numberingOf(topics)
    this.#placeOf = placeOf
    this.#window = new Window(limits, topics.length, rankOf)
    this.#lanes = new KeyLanes({ weights, rankOf })
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
      blocked: (partitions) => options.parking.blocked(partitions),
      abandon: (claims, why) => this.#abandon(claims, why),
      onOpen: (partition, blocked) => this.#parking.open(partition, blocked),
      onClosed: (partition) => {
        this.#lanes.drop(partition)
        this.#parking.drop(partition)
      },
      commit: () => this.#committer.flush(),
      handOver: options.handOver,
      onReady: () => this.#proceed(),
    })
    this.#parking = new Parking<Task>({
      store: options.parking,
      mayPark: (task) => options.mayPark(task),
      window: this.#window,
      lanes: this.#lanes,
      log,
      stopping,
      positions: () => this.#owned.positions(),
      ends: async (partitions) => {
        const ends = await source.ends([...new Set(partitions.map((it) => placeOf(it).topic))])
        return new Map(partitions.map((it) => [it, ends.get(it)?.high ?? Number.POSITIVE_INFINITY]))
      },
      heldBackFrom: ({ partition, key }) => prefetch.heldBackFrom(partition, key),
      isFresh: () => this.#owned.isFresh,
      rooms: () => this.#gate.rooms(),
      claim: (job) => this.#intake.claimParked(job),
      admit: (claims, startAt) => this.#intake.admit(claims, startAt),
      write: (parked) => this.#recorder.add(parked),
      leave: (claim) => {
        this.#window.leave(claim)
        claim.state = 'lost'
        this.#owned.forget(claim)
        this.#parking.left(claim)
      },
    })
    this.#gate = new Gate<Task>({
      store: options.gate,
      log,
      stopping,
      start: (claim) => this.#slots.startNow(claim),
      pass: (claim) => {
        this.#lanes.again(claim)
        this.#slots.pump()
      },
      park: (claim, park) => this.#parking.parkFirst(claim, park),
      most: Math.ceil(limits.jobs / 4),
      freeSlots: () => this.#slots.free,
      onRoom: () => this.#parking.poke(),
    })
    this.#intake = new Intake({
      ...options,
      prefetch,
      window: this.#window,
      owned: this.#owned,
      lanes: this.#lanes,
      parking: this.#parking,
      stopping,
      mayClaim: () => this.#recorder.hasRoom,
      decode: ({ record }) => options.decode(record),
      scarce: concurrency,
      worthIt: limits.jobs / 2,
      settle: (claim) => this.#settle(claim),
      onChange: () => {
        this.#committer.schedule()
        this.#parking.progress()
        this.#slots.pump()
      },
    })
    this.#slots = new Slots<Task, Result>({
      ...options,
      lanes: this.#lanes,
      mayStart: () => this.#recorder.hasRoom && this.#owned.isFresh && !stopping.aborted,
      isSettled: () => this.#results === 0,
      onResult: (claim, result) => {
        this.#window.leave(claim)
        this.#results++
        this.#recorder.add({ claim, result })
      },
      onWaiting: (claim, ms) => this.#waitOn(claim, ms),
      admits: (claim) => this.#gate.mayStart(claim),
      onEnded: (claim) => this.#gate.leave(claim),
      onFree: () => {
        this.#parking.onRoom()
        this.#intake.fill()
      },
    })
    this.#recorder = new Recorder(
      {
        write: options.record,
        sizeOf: (ended) => ('park' in ended ? ended.claim.bytes : (options.sizeOf?.(ended.result) ?? 0)),
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

  /** Attempts that have ended since the start, and the time that slots were taken in all, ms. */
  get slotsUsed(): { readonly ended: number; readonly slotMs: number } {
    return this.#slots.used
  }

  /**
   * What offsets don't tell of the open partitions: jobs that are done beyond the committed offset, and how many of them could run at once
   * where jobs wait behind others of their keys.
   */
  progress(): PartitionProgress[] {
    const keys = new Map(this.#lanes.keysInTheWay().map((it) => [it.partition, it.keys]))
    return [...this.#owned.trackers()].map(([partition, { finishedCount: finished }]) => ({
      ...this.#placeOf(partition),
      finished,
      keys: keys.get(partition),
    }))
  }

  /** Partitions that are open here. */
  get partitions(): number {
    return this.#owned.size
  }

  /** Keys of open partitions whose jobs are parked in order. */
  get blockedKeys(): number {
    return this.#parking.blockedKeys
  }

  get unrecorded(): number {
    return this.#recorder.unrecorded
  }

  /** Why the store doesn't do what it is asked at the moment, if so. */
  get storeFailure(): unknown {
    return this.#recorder.failure ?? this.#owned.failure ?? this.#parking.failure
  }

  /** Milliseconds since the group last answered. */
  get silentMs(): number {
    return this.#source.silentMs
  }

  /** Milliseconds for which partitions have been waited for that the group gave us and another worker still has. */
  get waitingMs(): number {
    return this.#owned.waitingMs
  }

  /** Ids of the jobs that are claimed here and have not ended. */
  get ids(): string[] {
    return this.#owned
      .claims()
      .flatMap(({ id, state }) => (id === undefined || state === 'finished' ? [] : [id]))
  }

  /** These jobs have their outcome: what runs of them is aborted, what waits is not begun. */
  cancel(ids: ReadonlySet<string>): void {
    for (const { id, state, abort } of this.#owned.claims())
      if (id !== undefined && ids.has(id) && state !== 'finished')
        abort.abort(new AppError('CANCELLED', 'the job was cancelled'))
    this.#gate.poke()
    this.#parking.refresh()
  }

  /** Limits have changed, or jobs were parked elsewhere. */
  lookAgain(): void {
    this.#gate.poke()
    this.#parking.poke()
    this.#slots.pump()
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

  /** Another attempt follows: here, if that is soon. */
  #waitOn(claim: Claim<Task>, ms: number): boolean {
    if (ms <= PARK_ABOVE_MS && !this.#owned.isCrowded(claim.partition)) {
      this.#owned.between(claim)
      return true
    }
    const park: Park = { reason: 'retry', dueAt: Date.now() + ms }
    this.#parking.parkFirst(claim, park)
    return false
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
      this.#gate.leave(claim)
      this.#owned.forget(claim)
      this.#parking.left(claim)
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
    this.#parking.left(claim)
  }

  #onWritten(recorded: readonly Ended<Task, Result>[], refused: readonly Ended<Task, Result>[]): void {
    for (const ended of [...recorded, ...refused]) if ('result' in ended) this.#results--
    for (const ended of recorded) {
      // Given up meanwhile: nothing of it counts here any more.
      if (ended.claim.state === 'lost') continue
      this.#settle(ended.claim)
      if ('park' in ended) this.#parking.written(ended)
    }
    for (const { claim } of refused) this.#owned.taken(claim.partition, claim.token)
    this.#committer.schedule()
    this.#options.onRecorded?.(recorded)
    this.#proceed()
  }
}
