import { savedCount, savedFields, savedFloats, savedNumber } from '../saved.ts'

/** The last rows of a stream, oldest first, with their positions in steps: rows, or the time by the usual step. */
export interface History {
  /** All that came, kept or not. */
  readonly rows: number
  /** The usual step of the timestamps in ms; undefined without timestamps or without a usable step. */
  readonly stepMs: number | undefined
  /** Position of the row that came last, in steps. */
  readonly position: number
  /** A row is there, at this time: its value is pushed next. */
  advance(timeMs: number | undefined): void
  /** NaN where it is missing. */
  push(value: number): void
  /** What is kept; where a value is missing, the one before it stands. */
  values(): Float64Array
  /** Calls `visit` for each row that is kept and has a value, oldest first. */
  replay(visit: (value: number, position: number) => void): void
  save(): unknown
}

/** Positions are remembered in so many parts of a step. */
const parts = 4

/**
 * Keeps the last `size` rows. The step is the median of the first `sample` steps: gaps and jitter do not move it, and
 * it then stays, so that a position never changes.
 */
export const createHistory = (size: number, sample: number, state?: unknown): History => {
  const saved = state === undefined ? undefined : savedFields(state, 'history')
  const values = saved ? savedFloats(saved, 'values', size) : new Float64Array(size)
  /** Parts of a step since the row before: all alike in a regular series, which costs a saved state nothing. */
  const gaps = saved ? savedFloats(saved, 'gaps', size) : new Float64Array(size)
  /** The first times, of which the step is the median. */
  const times = saved ? savedFloats(saved, 'times', sample) : new Float64Array(sample)
  let timed = saved ? savedCount(saved, 'timed') : 0
  let stepMs = saved ? savedNumber(saved, 'stepMs', 0) : 0
  let rows = saved ? savedCount(saved, 'rows') : 0
  let position = saved ? savedNumber(saved, 'position') : -1

  const positionAt = (timeMs: number): number => (timeMs - (times[0] ?? 0)) / stepMs
  const inParts = (steps: number): number => Math.round(steps * parts)

  const measure = (): void => {
    const steps = times.subarray(1).map((time, at) => time - (times[at] ?? 0))
    const median = steps.sort()[steps.length >> 1] ?? 0
    if (!(median > 0)) return
    stepMs = median
    for (let row = 1; row < sample; row++) {
      gaps[row % size] = inParts(positionAt(times[row] ?? 0)) - inParts(positionAt(times[row - 1] ?? 0))
    }
  }

  return {
    get rows() {
      return rows
    },
    get stepMs() {
      return stepMs > 0 ? stepMs : undefined
    },
    get position() {
      return position
    },
    advance(timeMs) {
      if (rows < sample) times[rows] = timeMs ?? 0
      if (timeMs !== undefined) timed = 1
      const before = position
      position = stepMs > 0 && timeMs !== undefined ? positionAt(timeMs) : position + 1
      gaps[rows % size] = inParts(position) - inParts(before)
      rows++
      if (rows === sample && timed === 1) {
        measure()
        if (stepMs > 0) position = positionAt(timeMs ?? 0)
      }
    },
    push(value) {
      values[(rows - 1) % size] = value
    },
    values() {
      const kept = Math.min(rows, size)
      let before = 0
      return Float64Array.from({ length: kept }, (_, at) => {
        const value = values[(rows - kept + at) % size] ?? 0
        if (!Number.isNaN(value)) before = value
        return before
      })
    },
    replay(visit) {
      const kept = Math.min(rows, size)
      let at = inParts(position)
      for (let row = rows - 1; row > rows - kept; row--) at -= gaps[row % size] ?? 0
      for (let row = rows - kept; row < rows; row++) {
        if (row > rows - kept) at += gaps[row % size] ?? 0
        const value = values[row % size] ?? 0
        if (!Number.isNaN(value)) visit(value, at / parts)
      }
    },
    save: () => ({
      values: values.slice(),
      gaps: gaps.slice(),
      times: times.slice(),
      timed,
      stepMs,
      rows,
      position,
    }),
  }
}
