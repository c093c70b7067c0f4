/** The stretch of a series around an anomaly, as the paths of a small drawing. Pure. */
import { thin } from '../../kit/chart/thin.ts'

export interface Stretch {
  readonly from: number
  readonly limit: number
}

const LEAST_AROUND = 40
const MOST_AROUND = 1_000
const MOST_ROWS = 5_000

/** Rows to read: the anomaly, and on both sides once and a half as many, so that one sees what is usual. */
export const stretchOf = ({ start, end }: { start: number; end: number }): Stretch => {
  const length = end - start + 1
  const around = Math.min(MOST_AROUND, Math.max(LEAST_AROUND, Math.ceil(length * 1.5)))
  const from = Math.max(0, start - around)
  return { from, limit: Math.min(MOST_ROWS, end + around + 1 - from) }
}

export interface Spark {
  readonly usual: string
  readonly flagged: string
  /** The strangest point. */
  readonly peak: readonly [x: number, y: number] | undefined
}

const EDGE = 3
const digits = (it: number): string => String(Math.round(it * 10) / 10)

/** `start`, `end`, `peak`: places in `values`. The flagged line reaches to its neighbours, so that a single point has one. */
export const sparkOf = (
  values: readonly (number | null)[],
  { start, end, peak }: { start: number; end: number; peak: number },
  width: number,
  height: number,
): Spark => {
  const ys = Float64Array.from(values, (it) => it ?? Number.NaN)
  const known = ys.filter((it) => !Number.isNaN(it))
  const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const span = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - least
  const xOf = (row: number): number => EDGE + (row / Math.max(1, ys.length - 1)) * (width - 2 * EDGE)
  const yOf = (value: number): number =>
    span > 0 ? height - EDGE - ((value - least) / span) * (height - 2 * EDGE) : height / 2
  const xs = Float64Array.from(ys, (_, row) => row)
  const line = (from: number, to: number): string => {
    let pen = 'M'
    const steps: string[] = []
    for (const row of thin(xs, ys, from, to, Math.ceil(width / 2))) {
      const value = ys[row] ?? Number.NaN
      if (Number.isNaN(value)) {
        pen = 'M'
        continue
      }
      steps.push(`${pen}${digits(xOf(row))} ${digits(yOf(value))}`)
      pen = 'L'
    }
    return steps.join('')
  }
  const top = ys[peak]
  return {
    usual: line(0, ys.length),
    flagged: line(Math.max(0, start - 1), Math.min(ys.length, end + 2)),
    peak: top === undefined || Number.isNaN(top) ? undefined : [xOf(peak), yOf(top)],
  }
}
