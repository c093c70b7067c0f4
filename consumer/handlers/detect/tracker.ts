import { createTail, leastProbability, type TailOptions } from './tail.ts'

/**
 * A level that follows a series, and how improbable the series' distance from it is: robust exponential smoothing.
 * A single outlier must move neither level nor error much: innovations are cut off at a multiple of the running error
 * (Huber's ψ), as in Gelper, Fried and Croux, "Robust forecasting with exponential and Holt–Winters smoothing",
 * Journal of Forecasting 29(3), 2010.
 */
export interface TrackerOptions extends TailOptions {
  /** Share of a row's innovation that the level follows: 1 is "the next value is the last one". */
  readonly follow: number
  /** Rows over which the innovations are averaged (exponentially) before they are judged: 1 judges each by itself. */
  readonly window: number
  /** Rows over which the error is averaged by which trackers are compared. */
  readonly errorMemory: number
}

/** Errors beyond this many running errors are outliers. */
const outlier = 6
const warmUp = 16
/** Rows before a tracker's error says anything about it. */
const ready = 5

export interface Tracker {
  /** Takes the next value, `floor` being its rounding error; returns the probability of what was seen, 1 when usual. */
  update(value: number, floor: number): number
  /** Running mean of the absolute innovations (outliers cut off); infinite until there are some. */
  readonly error: number
}

/** A rounding error of the arithmetic on values of this magnitude: some units in the last place. */
const roundingError = (magnitude: number): number => magnitude * 2 ** -46

export const createTracker = (options: TrackerOptions): Tracker => {
  const { follow, window, errorMemory } = options
  const tail = createTail(options)
  let level: number | undefined
  let rows = 0
  let error = 0
  let mean = 0
  return {
    get error() {
      return rows < ready ? Number.POSITIVE_INFINITY : error
    },
    update(value, floor) {
      if (level === undefined) {
        level = value
        return 1
      }
      const innovation = value - level
      const noise = Math.max(floor, roundingError(Math.abs(level)))
      const limit = rows >= warmUp && error > noise ? outlier * error : Number.POSITIVE_INFINITY
      const cut = Math.max(-limit, Math.min(limit, innovation))
      rows++
      error += (Math.abs(cut) - error) * Math.max(1 / rows, 1 / errorMemory)
      level += follow === 1 ? innovation : cut * Math.max(1 / (rows + 1), follow)
      if (window === 1) return tail.observe(Math.abs(innovation), noise)
      mean += (cut - mean) / window
      return tail.observe(Math.abs(mean), noise)
    },
  }
}

export { leastProbability }
