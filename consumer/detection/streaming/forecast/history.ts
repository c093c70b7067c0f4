/** The last rows of a stream, oldest first, with their positions in steps: rows, or the time by the usual step. */
export interface History {
  readonly rows: number
  push(value: number, timeMs: number | undefined): void
  /** The usual step of the timestamps in ms; undefined without timestamps or without a usable step. */
  readonly stepMs: number | undefined
  /** Position of the row pushed last, in steps. */
  position(): number
  values(): Float64Array
  /** Calls `visit` for each row that is kept, oldest first. */
  replay(visit: (value: number, position: number) => void): void
}

/**
 * Keeps the last `size` rows. The step is the median of the first `sample` steps: gaps and jitter do not move it, and
 * it then stays, so that a position never changes.
 */
export const createHistory = (size: number, sample: number): History => {
  const values = new Float64Array(size)
  const times = new Float64Array(size)
  let rows = 0
  let timed = false
  let stepMs: number | undefined
  let start = 0
  const measure = (): number | undefined => {
    const steps = times.subarray(1, sample).map((time, at) => time - (times[at] ?? 0))
    const median = steps.sort()[steps.length >> 1] ?? 0
    return median > 0 ? median : undefined
  }
  const positionOf = (row: number): number =>
    stepMs === undefined ? row : ((times[row % size] ?? 0) - start) / stepMs
  const kept = (): number => Math.min(rows, size)
  return {
    get rows() {
      return rows
    },
    get stepMs() {
      return stepMs
    },
    push(value, timeMs) {
      timed ||= timeMs !== undefined
      if (rows === 0) start = timeMs ?? 0
      values[rows % size] = value
      times[rows % size] = timeMs ?? 0
      rows++
      if (rows === sample && timed) stepMs = measure()
    },
    position: () => positionOf(rows - 1),
    values: () => Float64Array.from({ length: kept() }, (_, at) => values[(rows - kept() + at) % size] ?? 0),
    replay(visit) {
      for (let row = rows - kept(); row < rows; row++) visit(values[row % size] ?? 0, positionOf(row))
    },
  }
}
