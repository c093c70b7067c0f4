/** The points of a series as they come from the API, page by page, in the order of time. Pure. */
import type { DataSetPoints } from '../../kit/api/data-set-types.ts'

/** Points of one answer, the most that the API gives. */
export const PAGE_POINTS = 100_000

export interface Series {
  readonly name: string
  readonly number: number
  /** Ascending: milliseconds since the epoch where it is `timed`, else rows. */
  readonly xs: Float64Array
  readonly timed: boolean
  /** NaN: missing. */
  readonly values: Float64Array
  /** Where rows did not come in the order of time: the row of each point, and the point of each row. */
  readonly order?: { readonly rowOf: Uint32Array; readonly pointOf: Uint32Array } | undefined
}

/** The series that pages make together. */
export interface Gatherer {
  /** Gives how many points there are by now. */
  add(page: DataSetPoints): number
  end(): Series
}

const isAscending = (xs: Float64Array): boolean => {
  for (let i = 1; i < xs.length; i++) if ((xs[i] ?? 0) < (xs[i - 1] ?? 0)) return false
  return true
}

const inOrder = (cells: Float64Array, rowOf: Uint32Array): Float64Array =>
  Float64Array.from(rowOf, (row) => cells[row] ?? Number.NaN)

/** Rows by their time; those of the same time stay as they came. */
const orderOf = (times: Float64Array): { rowOf: Uint32Array; pointOf: Uint32Array } => {
  const rowOf = Uint32Array.from(times, (_, row) => row).sort(
    (a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b,
  )
  const pointOf = new Uint32Array(rowOf.length)
  for (const [point, row] of rowOf.entries()) pointOf[row] = point
  return { rowOf, pointOf }
}

export const createGatherer = (): Gatherer => {
  let first: DataSetPoints | undefined
  let values = new Float64Array()
  let times = new Float64Array()
  let known = 0
  return {
    add(page) {
      if (!first) {
        first = page
        values = new Float64Array(page.points)
        if (page.timestamps) times = new Float64Array(page.points)
      }
      for (const [i, cell] of page.values.entries()) values[page.from + i] = cell ?? Number.NaN
      times.set(page.timestamps ?? [], page.timestamps ? page.from : 0)
      known = page.from + page.values.length
      return known
    },
    end() {
      const { name = '', number = 0 } = first ?? {}
      const timed = times.length > 0
      if (!timed || isAscending(times)) {
        const xs = timed ? times : Float64Array.from(values, (_, row) => row)
        return { name, number, xs, timed, values }
      }
      const order = orderOf(times)
      const { rowOf } = order
      return { name, number, xs: inOrder(times, rowOf), timed, values: inOrder(values, rowOf), order }
    },
  }
}
