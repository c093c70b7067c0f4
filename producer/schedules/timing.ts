/** When a schedule ticks: pure functions of its timing. All times are milliseconds since the epoch. */
import { AppError, type Fault } from '../../core/errors.ts'
import type { Schedule } from '../../core/schedule.ts'
import { cronFault, nextCronTick } from './cron.ts'
import { zoneOf } from './zone.ts'

/** Either `cron` (in `timezone`) or `intervalMs`; no tick is before `startAt`, and intervals are counted from it. */
export type Timing = Pick<Schedule, 'cron' | 'intervalMs' | 'timezone' | 'startAt'>

/** The first tick after an instant; undefined: none comes. */
export const nextTick = (
  { cron, intervalMs, timezone, startAt }: Timing,
  after: number,
): number | undefined => {
  if (after < startAt) after = startAt - 1
  if (cron !== undefined) return nextCronTick(cron, timezone, after)
  if (intervalMs === undefined) return undefined
  return startAt + (Math.floor((after - startAt) / intervalMs) + 1) * intervalMs
}

/** The next `count` ticks after an instant. */
export const upcoming = (timing: Timing, after: number, count: number): number[] =>
  ticksBetween(timing, after, Number.POSITIVE_INFINITY, count)

/** Ticks after `from` and up to `to`, the first `most` of them. */
export const ticksBetween = (timing: Timing, from: number, to: number, most: number): number[] => {
  const ticks: number[] = []
  for (let at: number | undefined = from; ticks.length < most; ) {
    at = nextTick(timing, at)
    if (at === undefined || at > to) break
    ticks.push(at)
  }
  return ticks
}

/** No cron ticks more often. */
const SHORTEST_MS = 1_000

/**
 * Ticks after `from` and up to `to`, the last `most` of them, in order. It costs as much as a few times `most`, however many
 * there are: looks back further and further until there are enough, and nearer again where there are far too many.
 */
export const lastTicks = (timing: Timing, from: number, to: number, most: number): number[] => {
  const few = 8 * most
  let start = to
  let ticks: number[] = []
  for (let span = most * (timing.intervalMs ?? SHORTEST_MS); start > from && ticks.length < most; span *= 4) {
    start = Math.max(from, to - span)
    ticks = ticksBetween(timing, start, to, few)
  }
  // Where it reached `few` there may be more behind: from `start` on too many, from `near` on not.
  for (let near = to; ticks.length === few; ) {
    const middle = Math.floor((start + near) / 2)
    const some = ticksBetween(timing, middle, to, few)
    if (some.length < most) near = middle
    else {
      start = middle
      ticks = some
    }
  }
  return ticks.slice(-most)
}

/**
 * Checks what a client gives.
 * @throws AppError REQUEST_INVALID naming the field
 */
export const checkTiming = (timing: Timing, now: number): void => {
  const { cron, timezone } = timing
  const faults: Fault[] = []
  try {
    zoneOf(timezone)
  } catch {
    faults.push({
      path: '/timezone',
      message: `${timezone} is no IANA time zone; it reads like Europe/Berlin, or UTC`,
    })
  }
  const fault = cron === undefined ? undefined : cronFault(cron)
  if (fault !== undefined) faults.push({ path: '/cron', message: fault })
  if (faults.length === 0 && nextTick(timing, now) === undefined)
    faults.push({ path: '/cron', message: 'names no time that ever comes' })
  if (faults.length === 0) return
  const said = faults.map(({ path, message }) => `${path}: ${message}`)
  throw new AppError('REQUEST_INVALID', said.join('; '), { faults })
}
