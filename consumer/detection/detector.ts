/** What a detector is. There are two kinds: streaming ones see a point and those before it, batch ones the whole series. */

export interface Column {
  readonly name: string
  /** Finite, one a point. */
  readonly values: Float64Array
  /** 1 where this column's own value was missing; absent where none was. */
  readonly missing?: Uint8Array
}

/** A series that is ready for detection (prepare.ts): in the order of time, each time once, every value finite. */
export interface Input {
  /** At least one; all of the same length. */
  readonly columns: readonly [Column, ...Column[]]
  /** ms since the epoch, strictly ascending; undefined where the series has no timestamps. */
  readonly timesMs: Float64Array | undefined
  /** 1 for points of which a value was missing, in whichever column: what stands there was filled in. Streaming detectors see NaN there. */
  readonly filled: Uint8Array
}

/** What would have been usual, one a point; NaN where the detector can't say. Of the first column. */
export interface Band {
  readonly expected: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** What people read of a detector, whatever its kind. */
export interface About {
  readonly name: string
  /** What it is good at, for people who choose. One sentence. */
  readonly description: string
  /** Where the method comes from: authors, title, year. */
  readonly source: string
  /** Time and memory for n points, with what other letters stand for. */
  readonly cost: string
  /** True where it looks at several columns together; else each is judged by itself, and the strangest decides. */
  readonly multivariate: boolean
  /** Points that it needs, and takes, at most. */
  readonly minPoints: number
  readonly maxPoints: number
}

/** Parameters as they were used, for the result. */
export type Parameters = Readonly<Record<string, number | string>>

/** What a batch detector found. */
export interface Evidence {
  /**
   * One a point: finite, 0 or more, larger is stranger. The unit is the detector's own: calibrate.ts makes probabilities of it.
   */
  readonly strangeness: Float64Array
  readonly band?: Band
  readonly parameters: Parameters
  /** What it saw, in sentences, for the explanation: its windows, its period. */
  readonly remarks: readonly string[]
}

export interface BatchDetector extends About {
  readonly kind: 'batch'
  /** Pure: the same input gives the same evidence. Never NaN, whatever finite values come. */
  detect(input: Input): Evidence
}

/** What a streaming detector says of the value it was just given. */
export interface Judgement {
  /** How probable something as strange was: 1 for the usual. From 0 (excluded) to 1 (included). */
  readonly probability: number
  /** What would have been usual; NaN where it can't say yet. `lower` and `upper` are the band at the default threshold. */
  readonly expected: number
  readonly lower: number
  readonly upper: number
}

/** The state of one run over one column: takes its points in order, once each. */
export interface Detection {
  /** A missing value is NaN: it is no evidence, but time goes on. `timeMs` where the series has timestamps. */
  update(value: number, timeMs?: number): Judgement
  /**
   * All that it knows, as data for `v8.serialize`: typed arrays, numbers, plain objects. What goes on from it judges as if there
   * had been no break.
   */
  save(): unknown
}

export interface StreamingDetector extends About {
  readonly kind: 'streaming'
  readonly parameters: Parameters
  /** A run from the beginning, or on from what `save` gave. @throws AppError REQUEST_INVALID for a state that is not its own */
  open(state?: unknown): Detection
}

export type Detector = BatchDetector | StreamingDetector
