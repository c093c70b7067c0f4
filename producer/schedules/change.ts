/** What the changes that the API allows make of a schedule: pure functions of what is there and the database's time. */
import type { Schedule, ScheduleBody } from '../../core/schedule.ts'
import type { ChangedSchedule } from '../../core/store/schedules.ts'
import { checkTiming, nextTick, type Timing } from './timing.ts'

const sameTiming = (a: Timing, b: Timing): boolean =>
  a.cron === b.cron && a.intervalMs === b.intervalMs && a.timezone === b.timezone && a.startAt === b.startAt

/**
 * The schedule of a body, in the place of what is there. It begins with the next tick; where its times and its state are as they were, what is
 * due already stays due.
 * @throws AppError REQUEST_INVALID for a timing that is none
 */
export const replaced = (
  name: string,
  body: ScheduleBody,
  present: Schedule | undefined,
  now: number,
): ChangedSchedule => {
  const startAt = body.startAt === undefined ? (present?.createdAt ?? now) : Date.parse(body.startAt)
  const { job, missed, overlap, paused, timezone } = body
  const timing = { cron: body.cron, intervalMs: body.intervalMs, timezone, startAt }
  checkTiming(timing, now)
  const isDue =
    present?.nextAt !== undefined &&
    present.nextAt <= now &&
    !present.paused &&
    !paused &&
    sameTiming(present, timing)
  const nextAt = isDue ? present.nextAt : nextTick(timing, now)
  return { name, ...timing, job, missed, overlap, paused, nextAt }
}

/** Paused or not; undefined where it is so already. Ticks while it was paused are past: it goes on with the next. */
export const withPause = (present: Schedule, paused: boolean, now: number): ChangedSchedule | undefined =>
  present.paused === paused ? undefined : { ...present, paused, nextAt: nextTick(present, now) }
