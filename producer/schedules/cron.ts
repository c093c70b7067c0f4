/**
 * When a cron expression's times come, in a time zone.
 *
 * `croner` finds the local times that an expression names, as if there were no time zones. Which instants they are is decided here:
 *
 * - Hours that are named (`30 2 * * *`, `0 8-18 * * *`): each local time comes once a day. One that the clock passes over
 *   (the missing hour in spring) comes later by as much as the clock was put forward: 02:30 at 03:30. One that comes twice
 *   (in autumn) runs the first time.
 * - Every hour (`*`): ticks follow the real time. What is passed over does not run, what comes twice runs twice, so that
 *   an hourly or 15-minute schedule has neither a gap nor two runs at once.
 */
import { Cron } from 'croner'
import { toError } from '../../core/errors.ts'
import { zoneOf } from './zone.ts'

interface Pattern {
  readonly everyHour: boolean
  /** The first local time after this one, as milliseconds as if it were UTC; undefined: none comes. */
  readonly after: (wall: number) => number | undefined
}

const NICKNAMES = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i
const EVERY_HOUR = /^([*?](\/1)?|0-23)$/

/** Patterns kept: a parsed one holds some 80 kB. */
const MAX_KEPT = 100
const kept = new Map<string, Pattern>()

const parse = (expression: string): Pattern => {
  const text = expression.trim()
  const fields = text.split(/\s+/)
  if (!NICKNAMES.test(text) && fields.length !== 5 && fields.length !== 6)
    throw new TypeError('must have 5 fields, or 6 with seconds in front')
  const cron = new Cron(text, { utcOffset: 0, mode: '5-or-6-parts', paused: true })
  return {
    everyHour: EVERY_HOUR.test(fields.at(-4) ?? '') || text.toLowerCase() === '@hourly',
    after: (wall) => cron.nextRun(new Date(wall))?.getTime(),
  }
}

const patternOf = (expression: string): Pattern => {
  const known = kept.get(expression)
  if (known) return known
  const pattern = parse(expression)
  kept.set(expression, pattern)
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break
    kept.delete(oldest)
  }
  return pattern
}

/** What is wrong with an expression, or undefined. */
export const cronFault = (expression: string): string | undefined => {
  try {
    patternOf(expression)
    return undefined
  } catch (error) {
    return toError(error).message.replace(/^Cron\w*: /, '')
  }
}

const smallest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

/** The first tick after an instant, milliseconds since the epoch; undefined: none comes. @throws TypeError, RangeError for what is not valid */
export const nextCronTick = (expression: string, timezone: string, after: number): number | undefined => {
  const { everyHour, after: wallAfter } = patternOf(expression)
  const zone = zoneOf(timezone)
  for (let from = after; ; ) {
    const { start, end, offset, before } = zone.periodAt(from + 1)
    // Put back at `start`: local times up to here were there before.
    const second = !everyHour && before > offset ? start + before - 1 : Number.NEGATIVE_INFINITY
    const wall = wallAfter(Math.max(from + offset, second))
    let tick = wall === undefined ? undefined : wall - offset
    if (!everyHour && before < offset && from < start + (offset - before)) {
      // Put forward at `start`: local times that were passed over come now, by the clock as it was.
      const missing = wallAfter(from + before)
      if (missing !== undefined && missing < start + offset) tick = smallest(tick, missing - before)
    }
    if (tick === undefined || tick < end) return tick
    from = end - 1
  }
}
