import type { Standard } from './standard.ts'
import { movingMeans, type Windows, windowsOf } from './windows.ts'

/** A series as vectors: one a window, of the same number of samples of each of its columns. */
export interface Embedding {
  readonly windows: Windows
  /** Numbers in a vector. */
  readonly size: number
  /** Windows, one beginning at each point. */
  readonly count: number
  /** Writes the vector of the window that begins at `start`. */
  read(start: number, into: Float64Array): void
  /** The same of the values cut to what is usual: to learn from, as what one learns from has anomalies in it, too. */
  readUsual(start: number, into: Float64Array): void
}

/** Numbers in a vector, at most, as long as that is one a column. */
const mostNumbers = 128

/**
 * Windows of standardized columns, at most `longest` points long. Where they would be longer than `samples` numbers a column (fewer
 * where columns are many: 128 numbers in all, but one a column at least), each window is cut into equally long pieces, whose means are taken (piecewise aggregate approximation: Keogh et al., "Dimensionality
 * reduction for fast similarity search in large time series databases", 2001). Nothing is copied ahead: O(n) memory.
 */
export const embed = (columns: readonly Standard[], longest: number, samples: number): Embedding => {
  const usual = columns.map(({ values, lowest, highest }) =>
    values.map((value) => Math.max(lowest, Math.min(highest, value))),
  )
  const found = usual.map((values) => windowsOf(values, longest))
  const windows =
    found.find(({ period }) => period !== undefined) ?? found[0] ?? windowsOf(new Float64Array(2), 2)
  const each = Math.max(1, Math.min(samples, Math.floor(mostNumbers / columns.length)))
  const step = Math.ceil(windows.length / each)
  const taken = Math.floor(windows.length / step)
  const length = taken * step
  const points = columns[0]?.values.length ?? 0
  const reader = (series: readonly Float64Array[]) => {
    const means = step === 1 ? series : series.map((values) => movingMeans(values, step))
    return (start: number, into: Float64Array): void => {
      let next = 0
      for (const values of means) {
        for (let sample = 0; sample < taken; sample++) into[next++] = values[start + sample * step] ?? 0
      }
    }
  }
  return {
    windows: { ...windows, length },
    size: columns.length * taken,
    count: points - length + 1,
    read: reader(columns.map(({ values }) => values)),
    readUsual: reader(usual),
  }
}
