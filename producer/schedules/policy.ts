/** Which ticks of a schedule run: a pure function of the schedule and the time. */
import type { Schedule } from '../../core/schedule.ts'
import { lastTicks, nextTick, type Timing, ticksBetween } from './timing.ts'

/** A tick that is later than this was missed, milliseconds; one that is not always runs. */
export const MISSED_AFTER_MS = 60_000

/** Missed ticks that run at most (`all`). */
export const MAX_MADE_UP = 1_000

/** Of missed ticks that don't run, the latest so many are recorded as left out. */
export const MAX_LEFT_OUT = 100

/** `missed`: by the policy for missed ticks. `overlap`: the run before had not ended. */
export type LeftOut = 'missed' | 'overlap'

export interface Tick {
  readonly at: number
  /** Why it does not run; undefined: it does. */
  readonly leftOut: LeftOut | undefined
}

export interface DueSchedule extends Timing, Pick<Schedule, 'missed' | 'overlap'> {
  /** The first tick that was not taken care of. */
  readonly nextAt: number
  /** Whether the run before has not ended. */
  readonly busy: boolean
}

export interface Decision {
  /** In order. */
  readonly ticks: readonly Tick[]
  /** The first tick after them; undefined: none comes. */
  readonly nextAt: number | undefined
}

const madeUpFor = { skip: 0, once: 1, all: MAX_MADE_UP } as const

const missedTicks = (schedule: DueSchedule, before: number): Tick[] => {
  if (schedule.nextAt >= before) return []
  const run = madeUpFor[schedule.missed]
  const ticks = lastTicks(schedule, schedule.nextAt - 1, before - 1, run + MAX_LEFT_OUT)
  const firstToRun = ticks.length - run
  return ticks.map((at, index) => ({ at, leftOut: index < firstToRun ? 'missed' : undefined }))
}

/** With overlap `skip` one run is under way at most, so of several that are due at once the first runs. */
const withoutOverlap = (ticks: readonly Tick[], busy: boolean): Tick[] => {
  let running = busy
  return ticks.map((tick) => {
    if (tick.leftOut !== undefined) return tick
    const leftOut = running ? 'overlap' : undefined
    running = true
    return { at: tick.at, leftOut }
  })
}

/**
 * Decides about all ticks from `nextAt` up to `now + aheadMs`. Of a decision any number of ticks may be carried out, in order: what is
 * decided later about the rest is the same, but for the time that has passed.
 *
 * A tick is decided about ahead of its time, except where a run before may still end until then (overlap `skip`).
 */
export const decide = (schedule: DueSchedule, now: number, aheadMs: number): Decision => {
  const until = schedule.overlap === 'skip' ? now : now + aheadMs
  const late = now - MISSED_AFTER_MS
  const onTime = ticksBetween(
    schedule,
    Math.max(schedule.nextAt, late) - 1,
    until,
    Number.POSITIVE_INFINITY,
  ).map((at): Tick => ({ at, leftOut: undefined }))
  const ticks = [...missedTicks(schedule, late), ...onTime]
  return {
    ticks: schedule.overlap === 'skip' ? withoutOverlap(ticks, schedule.busy) : ticks,
    nextAt: nextTick(schedule, Math.max(until, schedule.nextAt - 1)),
  }
}
