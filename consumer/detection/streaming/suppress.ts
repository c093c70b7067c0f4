/**
 * One event alarms once.
 *
 * Two states. Quiet: a score below the threshold passes as it is; the first one that reaches it is the alarm, passes as it
 * is, too, and opens an event. Open: whatever reaches the threshold belongs to the event and is told as just below the
 * threshold, in the order of what it was, so that a ranking still sees it. The event is over after so many rows in a row
 * below the threshold: a thirtieth of the rows so far, since what is one event depends on how much one looks at, but at
 * least 17 and at most 256. A stranger row within an event does not alarm again: measured, that finds nothing more.
 */
import { savedBy, savedCount } from './saved.ts'

export interface EventOptions {
  /** Score from which on a row is an alarm: above 0, below 1. */
  readonly threshold: number
}

export interface Events {
  /** Takes the scores of a series in order: whether this one is an alarm, and the score to be told instead. */
  next(score: number): { readonly alarm: boolean; readonly score: number }
  /** Data for `v8.serialize`, to go on from with `createEvents`. */
  save(): unknown
}

const name = 'events'
const version = 1
/** Rows of quiet that end an event. */
const quiet = { share: 1 / 30, least: 17, most: 256 }
/** What is held back lies within this share of the threshold below it. */
const heldShare = 1e-3

/** @throws AppError REQUEST_INVALID for a state that is not its own */
export const createEvents = ({ threshold }: EventOptions, state?: unknown): Events => {
  const saved = state === undefined ? undefined : savedBy(state, name, version)
  let rows = saved ? savedCount(saved, 'rows') : 0
  /** Rows of quiet that the event still needs to end; 0 when there is none. */
  let left = saved ? savedCount(saved, 'left') : 0
  return {
    next(score) {
      rows++
      if (score < threshold) {
        left = Math.max(0, left - 1)
        return { alarm: false, score }
      }
      const alarm = left === 0
      left = Math.min(quiet.most, Math.max(quiet.least, Math.floor(quiet.share * rows)))
      return { alarm, score: alarm ? score : threshold * (1 - heldShare * (1 - score)) }
    },
    save: () => ({ detector: name, version, rows, left }),
  }
}

/** The scores of a whole series as they are to be told: each event alarms once. */
export const alarmsOnce = (scores: Float64Array, threshold: number): Float64Array => {
  const events = createEvents({ threshold })
  return scores.map((score) => events.next(score).score)
}
