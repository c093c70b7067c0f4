/** Points of many series as they come, mixed as they may be, into pieces; no more than some megabytes at a time. */
import { AppError } from '../../core/errors.ts'
import { MAX_PIECE, type Piece } from '../../core/store/data-set-points.ts'
import type { DataSetSeries } from '../../core/store/data-sets.ts'

/** Series of one data set. */
export const MAX_SERIES = 10_000
/** Points of one series. */
export const MAX_POINTS = 1_000_000
export const MAX_NAME = 200

/** Points that wait to be written, of all series together: 16 bytes each. */
const MAX_WAITING = 500_000
const FIRST_CAPACITY = 16

const refuse = (message: string): AppError => new AppError('REQUEST_INVALID', message)

/** One series of an upload. */
export class SeriesCollector {
  readonly number: number
  readonly name: string
  readonly #onPoint: () => void
  #values = new Float64Array(FIRST_CAPACITY)
  #times: Float64Array | undefined
  /** Points that wait. */
  #length = 0
  /** Full pieces that wait, too. */
  #full: Piece[] = []
  #pieces = 0
  #points = 0
  #hasValue = false
  #firstMs: number | undefined
  #lastMs: number | undefined

  constructor(number: number, name: string, onPoint: () => void) {
    this.number = number
    this.name = name
    this.#onPoint = onPoint
  }

  /** Adds a point; NaN for a missing value. @throws AppError REQUEST_INVALID, to be told with its place */
  add(value: number, timeMs: number | undefined): void {
    if (this.#points === 0 && timeMs !== undefined) this.#times = new Float64Array(FIRST_CAPACITY)
    if ((timeMs === undefined) !== (this.#times === undefined)) {
      throw refuse(`some points of "${this.name}" have timestamps, and some have none`)
    }
    if (this.#points === MAX_POINTS) {
      throw refuse(`"${this.name}" has more than ${MAX_POINTS.toLocaleString('en')} points`)
    }
    if (this.#length === MAX_PIECE) this.#cut()
    else if (this.#length === this.#values.length) this.#grow()
    this.#values[this.#length] = value
    if (this.#times && timeMs !== undefined) {
      this.#times[this.#length] = timeMs
      this.#firstMs ??= timeMs
      this.#lastMs = timeMs
    }
    this.#hasValue ||= !Number.isNaN(value)
    this.#length++
    this.#points++
    this.#onPoint()
  }

  /** What waits, as the next pieces. */
  take(): readonly Piece[] {
    if (this.#length > 0) this.#cut()
    const taken = this.#full
    this.#full = []
    return taken
  }

  /** @throws AppError REQUEST_INVALID where none of its points has a value */
  told(): DataSetSeries {
    if (!this.#hasValue) throw refuse(`"${this.name}" has no value at all`)
    const [firstMs, lastMs] = [this.#firstMs, this.#lastMs]
    return { number: this.number, name: this.name, points: this.#points, firstMs, lastMs }
  }

  #cut(): void {
    const length = this.#length
    const timesMs = this.#times?.slice(0, length)
    const piece = {
      series: this.number,
      piece: this.#pieces++,
      values: this.#values.slice(0, length),
      timesMs,
    }
    this.#full.push(piece)
    this.#length = 0
  }

  #grow(): void {
    const larger = (numbers: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(Math.min(MAX_PIECE, 2 * numbers.length))
      grown.set(numbers)
      return grown
    }
    this.#values = larger(this.#values)
    if (this.#times) this.#times = larger(this.#times)
  }
}

/** All series of an upload. Whoever adds points awaits `room()` now and then: then what waits is written, once it is enough. */
export class Collector {
  readonly #write: (pieces: readonly Piece[]) => Promise<void>
  readonly #series = new Map<string, SeriesCollector>()
  #waiting = 0
  readonly #onPoint = (): void => {
    this.#waiting++
  }

  constructor(write: (pieces: readonly Piece[]) => Promise<void>) {
    this.#write = write
  }

  get size(): number {
    return this.#series.size
  }

  /** The series of a name: that which there is, or a new one. @throws AppError REQUEST_INVALID */
  of(name: string): SeriesCollector {
    return this.#series.get(name) ?? this.add(name)
  }

  /** A new series. @throws AppError REQUEST_INVALID for a name that is no name or is taken, and for one series too many */
  add(name: string): SeriesCollector {
    if (name === '' || name.length > MAX_NAME || name.includes('\0') || !name.isWellFormed()) {
      throw refuse(`a series must have a name of 1 to ${MAX_NAME} characters, not "${name.slice(0, 50)}"`)
    }
    if (this.#series.has(name)) throw refuse(`there are two series "${name}"`)
    if (this.#series.size === MAX_SERIES) {
      throw refuse(`there are more than ${MAX_SERIES.toLocaleString('en')} series`)
    }
    const series = new SeriesCollector(this.#series.size, name, this.#onPoint)
    this.#series.set(name, series)
    return series
  }

  /** Resolves when more may be added. */
  async room(): Promise<void> {
    if (this.#waiting >= MAX_WAITING) await this.#flush()
  }

  /** Writes what is left; resolves to the series. @throws AppError REQUEST_INVALID where there is none, or one has no value */
  async end(): Promise<DataSetSeries[]> {
    if (this.#series.size === 0) throw refuse('there is no series in it')
    const told = [...this.#series.values()].map((it) => it.told())
    await this.#flush()
    return told
  }

  async #flush(): Promise<void> {
    const pieces = [...this.#series.values()].flatMap((it) => it.take())
    this.#waiting = 0
    if (pieces.length > 0) await this.#write(pieces)
  }
}
