/**
 * Jobs that wait for longer than a moment wait in the store, so that the window, the commit and the lag go on without them.
 *
 * A job is parked through the recorder, as results are, and its offset counts as done once the row is there. The owner of its
 * partition asks the store for what is due: once a second, and whenever it knows of something. What comes back is claimed as
 * if it came from the log, and its row goes when its outcome is recorded.
 */
import type { Subject } from '../../core/limits.ts'
import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { Barriers } from './barriers.ts'
import { BlockedKeys, type Head } from './blocked-keys.ts'
import type { Claim, Park, Parked } from './claim.ts'
import type { KeyLanes } from './lanes.ts'
import { ParkedIntake, type ParkedIntakeParts } from './parked-intake.ts'
import type { ParkedKey, ParkingRequest, ParkingStore } from './parking-store.ts'

export interface ParkingParts<Task> extends Omit<ParkedIntakeParts<Task>, 'keys' | 'barriers'> {
  readonly store: ParkingStore<Task>
  readonly lanes: KeyLanes<Claim<Task>>
  readonly log: Logger
  readonly stopping: AbortSignal
  /** Open partitions and the position up to which each is claimed. */
  readonly positions: () => ReadonlyMap<number, number>
  /** Where the logs of these end now. */
  readonly ends: (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>
  readonly isFresh: () => boolean
  readonly rooms: () => ReadonlyMap<Subject, number>
  /** Whether it is a job: what is none runs at once, and ends. */
  readonly mayPark: (task: Task) => boolean
  /** To be written. */
  readonly write: (parked: Parked<Task>) => void
  /** It is left in the store, unchanged. */
  readonly leave: (claim: Claim<Task>) => void
}

/** How often the store is asked at least: masters park, too. */
const POLL_MS = 1_000
/** So much before its time a job is here, so that it can start to the millisecond. */
const AHEAD_MS = POLL_MS + 200

/** So often the store is asked which keys are blocked, in case that a job was cancelled and nobody told us, ms. */
const REFRESH_MS = 10_000
/** After a cancellation: they come in groups, ms. */
const REFRESH_SOON_MS = 200

const headsOf = (keys: readonly ParkedKey[], now: number): (Head & { key: string })[] =>
  keys.map(({ key, dueInMs, heldBy }) => ({ key, dueAt: now + dueInMs, heldBy }))

export class Parking<Task> {
  readonly #parts: ParkingParts<Task>
  readonly #keys = new BlockedKeys()
  readonly #barriers = new Barriers()
  readonly #intake: ParkedIntake<Task>
  readonly #loading = new SerialLoop(() => this.#round())
  #timer: NodeJS.Timeout | undefined
  #nextAt = Number.POSITIVE_INFINITY
  #refreshAt = 0
  /** More was due than there was room for. */
  #wantsRoom = false
  #failure: unknown

  constructor(parts: ParkingParts<Task>) {
    this.#parts = parts
    this.#intake = new ParkedIntake({ ...parts, keys: this.#keys, barriers: this.#barriers })
    parts.stopping.addEventListener('abort', () => clearTimeout(this.#timer))
  }

  /** Why the store can't be asked, while it can't. */
  get failure(): unknown {
    return this.#failure
  }

  /** Keys that are blocked. */
  get blockedKeys(): number {
    return this.#keys.size
  }

  open(partition: number, keys: readonly ParkedKey[]): void {
    this.#keys.open(partition, headsOf(keys, performance.now()))
    this.poke()
  }

  drop(partition: number): void {
    this.#keys.drop(partition)
    this.#barriers.drop(partition)
  }

  /** Whether it must be parked behind others of its key. */
  isBlocked(claim: Claim<Task>): boolean {
    return claim.sequence === undefined && this.#keys.isBlocked(claim) && this.#parts.mayPark(claim.task)
  }

  /** Something may be due, or have room. */
  poke(): void {
    if (!this.#parts.stopping.aborted) this.#loading.poke()
  }

  /** Parked jobs were cancelled: keys may be free, or go on earlier. */
  refresh(): void {
    if (this.#refreshAt < Number.POSITIVE_INFINITY)
      this.#refreshAt = Math.min(this.#refreshAt, performance.now() + REFRESH_SOON_MS)
    this.poke()
  }

  /** Something has left the window. */
  onRoom(): void {
    const { roomForParked, keyLimit } = this.#parts.window
    if (this.#wantsRoom && roomForParked >= keyLimit / 2) this.poke()
  }

  /** More of the log was claimed. */
  progress(): void {
    if (this.#barriers.anyPassed(this.#parts.positions())) this.poke()
  }

  /** Parks a job that is the first of its lane: what is behind it follows it. */
  parkFirst(claim: Claim<Task>, park: Park): void {
    const { lanes, leave, mayPark } = this.#parts
    const behind = lanes.clear(claim)
    this.#keepOrder(claim, { dueAt: performance.now() + park.dueAt - Date.now(), heldBy: park.heldBy })
    this.#write(claim, park)
    for (const next of behind) {
      if (!mayPark(next.task)) {
        lanes.add(next)
        continue
      }
      // Its row says all that there is to say.
      if (next.sequence !== undefined && next.attempt === 0 && next.copies.length === 0) {
        if (next.key !== undefined) this.#keys.leave({ partition: next.partition, key: next.key })
        leave(next)
      } else this.parkBehind(next)
    }
  }

  /** Parks a job behind what is parked of its key. */
  parkBehind(claim: Claim<Task>): void {
    this.#keepOrder(claim)
    this.#write(claim, { reason: 'order', dueAt: Number.POSITIVE_INFINITY })
  }

  /** Parks a job whose time is to come; it keeps nobody waiting. */
  parkDelayed(claim: Claim<Task>, dueAt: number): void {
    this.#write(claim, { reason: 'delay', dueAt })
  }

  /** It is in the store. */
  written({ claim, park }: Parked<Task>): void {
    const { partition, key, sequence } = claim
    const now = performance.now()
    if (key !== undefined && sequence !== undefined && this.#keys.written({ partition, key }, now))
      this.#sleepUntil(now)
    // One that keeps its key's order is asked for when it is due, not ahead.
    const ahead = key !== undefined && sequence !== undefined ? 0 : AHEAD_MS
    this.#sleepUntil(now + Math.max(0, park.dueAt - Date.now() - ahead))
  }

  /** A claim from the store is here no more. */
  left(claim: Claim<Task>): void {
    if (!claim.parked) return
    if (this.#intake.left(claim)) this.#sleepUntil(performance.now())
  }

  #keepOrder(claim: Claim<Task>, head?: { dueAt: number; heldBy: Subject | undefined }): void {
    const { partition, key } = claim
    if (key === undefined) return
    this.#keys.park({ partition, key }, head)
    claim.sequence ??= this.#keys.nextSequence(claim.token)
  }

  #write(claim: Claim<Task>, park: Park): void {
    claim.state = 'finished'
    this.#parts.window.leave(claim)
    this.#parts.write({ claim, park })
  }

  async #round(): Promise<void> {
    const { store, window, positions, isFresh, rooms, stopping } = this.#parts
    const now = performance.now()
    this.#nextAt = Number.POSITIVE_INFINITY
    this.#sleepUntil(now + POLL_MS)
    const open = positions()
    if (stopping.aborted || !isFresh() || open.size === 0) return
    const limit = Math.min(window.roomForParked, window.keyLimit)
    const due = this.#keys.due(now, rooms())
    this.#keepRoom(limit === 0 || due.length > limit)
    if (limit === 0) return
    const keys = due.slice(0, limit)
    const asked = new Map(keys.map((key) => [key, this.#keys.ask(key)]))
    const request: ParkingRequest = {
      partitions: this.#barriers.passed(open, now),
      keys,
      perKey: window.parkedKeyLimit,
      without: this.#intake.refused(now),
      rooms: rooms(),
      withinMs: AHEAD_MS,
      limit,
      bytes: window.freeBytes,
      except: [...this.#intake.here],
    }
    try {
      const loaded = await store.load(request)
      if (loaded.cut) this.#keepRoom(true)
      const further = await this.#intake.take(loaded.jobs, asked, !loaded.cut)
      if (loaded.cut && further) this.poke()
      void this.#join(loaded.joining)
      this.#wakeFor(loaded.nextInMs)
      if (now >= this.#refreshAt) await this.#refresh([...open.keys()], now)
      this.#recovered()
      this.#sleepUntil(this.#keys.nextAt)
    } catch (error) {
      for (const key of keys) this.#keys.askAgain(key, now + POLL_MS)
      this.#refreshAt = Math.min(this.#refreshAt, performance.now() + REFRESH_MS)
      this.#failed(error)
    }
  }

  async #refresh(partitions: readonly number[], now: number): Promise<void> {
    this.#refreshAt = Number.POSITIVE_INFINITY
    const keys = Map.groupBy(await this.#parts.store.blocked(partitions), ({ partition }) => partition)
    // Where that is long it is asked the more seldom.
    this.#refreshAt = performance.now() + Math.max(REFRESH_MS, 20 * (performance.now() - now))
    for (const partition of partitions)
      this.#keys.refresh(partition, headsOf(keys.get(partition) ?? [], now), performance.now())
  }

  /** What comes from the log leaves room for what is due. */
  #keepRoom(wanted: boolean): void {
    this.#wantsRoom = wanted
    this.#parts.window.keep(wanted ? this.#parts.window.keyLimit : 0)
  }

  /** Asks where the log ends: what is in it now comes before those that join now. */
  async #join(joining: readonly number[]): Promise<void> {
    const { ends, positions, log } = this.#parts
    const wanted = joining.filter((partition) => this.#barriers.mayAsk(partition, positions()))
    if (wanted.length === 0) return
    const askedAt = performance.now()
    try {
      this.#barriers.set(askedAt, await ends(wanted))
      this.progress()
    } catch (error) {
      // Kafka is away: they are asked for again with the next look.
      log.debug({ err: error }, 'the ends of logs can’t be read')
    }
  }

  /** A keyless job is loaded ahead of its time, a keyed one when it is due. One that is due already waits for room, or to join. */
  #wakeFor(nextInMs: number | undefined): void {
    if (nextInMs === undefined || nextInMs <= 0) return
    this.#sleepUntil(performance.now() + 1 + (nextInMs > AHEAD_MS ? nextInMs - AHEAD_MS : nextInMs))
  }

  #sleepUntil(at: number): void {
    if (at >= this.#nextAt || this.#parts.stopping.aborted) return
    this.#nextAt = at
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.poke(), Math.max(0, Math.ceil(at - performance.now())))
    this.#timer.unref()
  }

  #failed(error: unknown): void {
    if (this.#failure === undefined)
      this.#parts.log.error({ err: error }, 'parked jobs can’t be loaded; trying again')
    this.#failure = error
  }

  #recovered(): void {
    if (this.#failure !== undefined) this.#parts.log.info('parked jobs can be loaded again')
    this.#failure = undefined
  }
}
