import { roundingError } from '../../signal/rounding.ts'
import { Tail, type TailOptions } from './tail.ts'

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

/**
 * A level that follows a series, and how improbable the series' distance from it is: robust exponential smoothing.
 * A single outlier must move neither level nor error much: innovations are cut off at a multiple of the running error
 * (Huber's ψ), as in Gelper, Fried and Croux, "Robust forecasting with exponential and Holt–Winters smoothing",
 * Journal of Forecasting 29(3), 2010.
 */
export class Tracker {
  readonly #options: TrackerOptions
  readonly #tail: Tail
  #level: number | undefined
  #rows = 0
  #error = 0
  #mean = 0
  #probability = 1

  constructor(options: TrackerOptions) {
    this.#options = options
    this.#tail = new Tail(options)
  }

  /** Running mean of the absolute innovations (outliers cut off); infinite until there are some. */
  get error(): number {
    return this.#rows < ready ? Number.POSITIVE_INFINITY : this.#error
  }

  /** How probable a distance like the last value's, or a larger one, was: 1 when it was usual. */
  get probability(): number {
    return this.#probability
  }

  /** Takes the next value, which is exact but for `floor`. */
  update(value: number, floor: number): void {
    const { follow, window, errorMemory } = this.#options
    if (this.#level === undefined) {
      this.#level = value
      return
    }
    const innovation = value - this.#level
    const noise = Math.max(floor, roundingError(Math.abs(this.#level)))
    const limited = this.#rows >= warmUp && this.#error > noise
    const limit = limited ? outlier * this.#error : Number.POSITIVE_INFINITY
    const cut = Math.max(-limit, Math.min(limit, innovation))
    this.#rows++
    this.#error += (Math.abs(cut) - this.#error) * Math.max(1 / this.#rows, 1 / errorMemory)
    this.#level += follow === 1 ? innovation : cut * Math.max(1 / (this.#rows + 1), follow)
    this.#mean += (cut - this.#mean) / window
    this.#probability = this.#tail.observe(Math.abs(window === 1 ? innovation : this.#mean), noise)
  }
}
