/** A detector that goes on from append to append, and what makes one alarm of each event. */
import type { Detection, StreamingDetector } from '../../detection/detector.ts'
import { scoreOf } from '../../detection/score.ts'
import { createEvents, type Events } from '../../detection/streaming/suppress.ts'

/**
 * No detector knows a series at its beginning: no alarm is raised for its first points. (The probation of a whole series, 15 % of it,
 * needs to know its end.) Of usual series with a season of 24 points most false alarms come in the first 200.
 */
export const WARM_UP = 250

/** A point, judged. */
export interface Verdict {
  readonly score: number
  /** It is the first of an event. */
  readonly alarm: boolean
  /** NaN where the detector can't say. */
  readonly expected: number
  readonly lower: number
  readonly upper: number
}

/** All that a watcher knows, as data for `v8.serialize`. */
export interface SavedWatcher {
  readonly detector: string
  readonly rows: number
  readonly detection: unknown
  readonly events: unknown
}

export class Watcher {
  readonly #detector: string
  readonly #detection: Detection
  readonly #events: Events
  #rows: number

  /** From the beginning, or on from what `save` gave. @throws AppError REQUEST_INVALID for what is not this detector's */
  constructor(detector: StreamingDetector, threshold: number, saved?: SavedWatcher) {
    this.#detector = detector.name
    this.#detection = detector.open(saved?.detection)
    this.#events = createEvents({ threshold }, saved?.events)
    this.#rows = saved?.rows ?? 0
  }

  /** Judges the next point of the series; NaN is a missing value. */
  judge(value: number, timeMs?: number): Verdict {
    const { probability, expected, lower, upper } = this.#detection.update(value, timeMs)
    const score = scoreOf(probability)
    this.#rows++
    // An event that begins in the warm-up is no alarm after it either.
    const event = this.#events.next(score)
    return { score: event.score, alarm: event.alarm && this.#rows > WARM_UP, expected, lower, upper }
  }

  /** Undefined where the detector can't be saved. */
  save(): SavedWatcher | undefined {
    const detection = this.#detection.save()
    return detection === undefined
      ? undefined
      : { detector: this.#detector, rows: this.#rows, detection, events: this.#events.save() }
  }
}
