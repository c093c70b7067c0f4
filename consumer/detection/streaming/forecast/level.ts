import { roundingError } from '../../signal/rounding.ts'
import { savedCount, savedFields, savedNumber } from '../saved.ts'

export interface LevelOptions {
  /** Share of a value's innovation that the level follows: 1 is "the next value is the last one". */
  readonly follow: number
  /** Rows over which the error is averaged. */
  readonly errorMemory: number
  /** Rows over which the innovations are averaged (exponentially). */
  readonly window: number
}

/** Errors beyond this many running errors are outliers. */
const outlier = 6
const warmUp = 16
/** Rows before a level's error says anything about it. */
const ready = 5

/**
 * A level that follows a series: robust exponential smoothing. A single outlier must move neither level nor error much:
 * innovations are cut off at a multiple of the running error (Huber's ψ), as in Gelper, Fried and Croux, "Robust
 * forecasting with exponential and Holt–Winters smoothing", Journal of Forecasting 29(3), 2010.
 */
export class Level {
  readonly #options: LevelOptions
  #value = 0
  #rows = 0
  #error = 0
  #mean = 0

  constructor(options: LevelOptions, state?: unknown) {
    this.#options = options
    if (state === undefined) return
    const saved = savedFields(state, 'level')
    this.#value = savedNumber(saved, 'value')
    this.#rows = savedCount(saved, 'rows')
    this.#error = savedNumber(saved, 'error', 0)
    this.#mean = savedNumber(saved, 'mean')
  }

  /** What it expects next; undefined before the first value. */
  get value(): number | undefined {
    return this.#rows > 0 ? this.#value : undefined
  }

  /** Running mean of the absolute innovations (outliers cut off); infinite until there are some. */
  get error(): number {
    return this.#rows <= ready ? Number.POSITIVE_INFINITY : this.#error
  }

  /** Running mean of the innovations themselves: what lasts. */
  get mean(): number {
    return this.#mean
  }

  /** Takes the next value, which is exact but for `floor`. */
  update(value: number, floor: number): void {
    const { follow, window, errorMemory } = this.#options
    this.#rows++
    if (this.#rows === 1) {
      this.#value = value
      return
    }
    const innovation = value - this.#value
    const noise = Math.max(floor, roundingError(Math.abs(this.#value)))
    const limited = this.#rows > warmUp && this.#error > noise
    const limit = limited ? outlier * this.#error : Number.POSITIVE_INFINITY
    const cut = Math.max(-limit, Math.min(limit, innovation))
    this.#error += (Math.abs(cut) - this.#error) * Math.max(1 / (this.#rows - 1), 1 / errorMemory)
    this.#value += follow === 1 ? innovation : cut * Math.max(1 / this.#rows, follow)
    this.#mean += (cut - this.#mean) / window
  }

  save(): unknown {
    return { value: this.#value, rows: this.#rows, error: this.#error, mean: this.#mean }
  }
}
