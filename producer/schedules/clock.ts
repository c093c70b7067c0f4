import { SerialLoop } from '../../core/serial-loop.ts'
import type { Database } from '../../core/store/database.ts'
import { lookOut, moveOn, type NewTick, takeDue, writeTicks } from '../../core/store/schedule-ticks.ts'
import { countSchedules, toSchedule } from '../../core/store/schedules.ts'
import { tell } from '../../core/store/tell.ts'
import { inTransaction } from '../../core/store/transaction.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { materialize } from './materialize.ts'
import type { ScheduleMetrics } from './metrics.ts'
import type { Place } from './place.ts'

/**
 * How long before its time a tick's job is made, milliseconds. Workers look for jobs once a second and load those that are
 * due within the next: what is there by then starts on time.
 */
export const AHEAD_MS = 2_500
/** Workers know by themselves what is due later than this. */
const SOON_MS = 1_000
const LOOK_MS = 1_000
/** Schedules of one step at most. */
const STEP = 500
/** Others have what is due: soon it is done, or free again. */
const BUSY_MS = 50
const COUNT_MS = 10_000
/** A schedule that can't be reckoned is left alone so long. */
const SET_ASIDE_MS = 60_000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2_000
/** A master that is frozen within a step holds its schedules for so long. */
const IDLE_LIMIT_MS = 5_000

export interface ClockParts {
  /** Of its own: a pool that is in use must not hold ticks up. */
  readonly db: Database
  readonly schema: string
  readonly place: Place
  readonly metrics: ScheduleMetrics
  readonly log: Logger
}

/**
 * Turns ticks of schedules into jobs. Every master has one, and they share the work: a step takes some schedules whose time has come, with
 * their rows locked, writes their ticks and jobs and moves them on, in one transaction. What fails is as if it had not been.
 */
export class ScheduleClock {
  readonly #parts: ClockParts
  readonly #loop = new SerialLoop(() => this.#round())
  /** Schedules that can't be reckoned here, and until when they are left alone. */
  readonly #asides = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #stopping = false
  #failures = 0
  #counted = Number.NEGATIVE_INFINITY

  constructor(parts: ClockParts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop.poke()
  }

  /** A schedule was changed: looks at once. */
  poke(): void {
    if (!this.#stopping) this.#loop.poke()
  }

  /** Ends after the step that is under way. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    await this.#loop.idle()
    clearTimeout(this.#timer)
  }

  async #round(): Promise<void> {
    clearTimeout(this.#timer)
    let waitMs: number
    try {
      waitMs = await this.#work()
      this.#failures = 0
    } catch (error) {
      if (this.#failures === 0)
        this.#parts.log.warn({ err: error }, 'schedules could not be looked at; trying again')
      waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10))
    }
    if (!this.#stopping) this.#timer = setTimeout(() => this.#loop.poke(), waitMs)
  }

  /** Does all there is to do; gives how long there is nothing to do then. */
  async #work(): Promise<number> {
    const { db } = this.#parts
    await this.#count()
    while (!this.#stopping) {
      const { due, nextInMs } = await lookOut(db, AHEAD_MS, LOOK_MS, this.#leftAlone())
      // Rounded up: at its tick, not before.
      if (!due) return Math.min(LOOK_MS, Math.ceil(nextInMs ?? LOOK_MS))
      if (!(await this.#step())) return BUSY_MS
    }
    return 0
  }

  /** One step; false where there was nothing to take. */
  async #step(): Promise<boolean> {
    const { db, schema, place, log } = this.#parts
    const { work, written, now, taken } = await inTransaction(db, async (client) => {
      await client.query(`set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS}`)
      const due = await takeDue(client, AHEAD_MS, STEP, this.#leftAlone())
      const rows = due.taken.map(({ row, busy }) => ({ name: row.name, busy, read: () => toSchedule(row) }))
      const todo = materialize(rows, due.now, AHEAD_MS, place)
      const fresh = await writeTicks(client, todo.ticks)
      await moveOn(client, todo.moves)
      if ([...fresh].some(({ at, job }) => job && at < due.now + SOON_MS))
        await tell(client, schema, { kind: 'parked' })
      return { work: todo, written: fresh, now: due.now, taken: rows.length }
    })
    for (const [name, error] of work.faulty) {
      log.error({ err: error, schedule: name }, 'a schedule can’t be reckoned; it is left alone for a while')
      this.#asides.set(name, Date.now() + SET_ASIDE_MS)
    }
    this.#note([...written], now)
    return taken > 0
  }

  #note(ticks: readonly NewTick[], now: number): void {
    const { metrics, log } = this.#parts
    for (const { at, leftOut } of ticks) {
      metrics.ticks.inc({ outcome: leftOut ?? 'run' })
      if (leftOut === undefined) metrics.late.observe(Math.max(0, now - at) / 1_000)
    }
    const missed = ticks.filter(({ leftOut }) => leftOut === 'missed')
    if (missed.length > 0) {
      const schedules = [...new Set(missed.map(({ schedule }) => schedule))]
      log.warn({ ticks: missed.length, schedules: schedules.slice(0, 20) }, 'ticks were missed and left out')
    }
  }

  #leftAlone(): string[] {
    for (const [name, until] of this.#asides) if (until <= Date.now()) this.#asides.delete(name)
    return [...this.#asides.keys()]
  }

  async #count(): Promise<void> {
    if (performance.now() - this.#counted < COUNT_MS) return
    const { active, paused } = await countSchedules(this.#parts.db)
    this.#counted = performance.now()
    this.#parts.metrics.schedules.set({ state: 'active' }, active)
    this.#parts.metrics.schedules.set({ state: 'paused' }, paused)
  }
}
