/** A number over time as text: bars of eighths of a block, the highest value of a column's time counts. */

export interface Point {
  /** Seconds from the start. */
  readonly atS: number
  readonly value: number
}

export interface PlotOptions {
  readonly title: string
  /** Columns in all, with the labels; at most 72 where a terminal of 80 shall show it. */
  readonly width?: number
  /** Rows of bars. */
  readonly height?: number
}

const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const EIGHTHS = 8

/**
 * The values in `columns` equal spans of time, each the highest of its span; a span without a point holds the value
 * before it. The points come in order of time.
 */
export const resample = (points: readonly Point[], columns: number): number[] => {
  const first = points.at(0)?.atS ?? 0
  const span = (points.at(-1)?.atS ?? 0) - first
  const values: (number | undefined)[] = Array.from({ length: columns })
  for (const { atS, value } of points) {
    const column = span > 0 ? Math.min(columns - 1, Math.floor(((atS - first) / span) * columns)) : 0
    values[column] = Math.max(values[column] ?? Number.NEGATIVE_INFINITY, value)
  }
  let last = 0
  return values.map((value) => {
    last = value ?? last
    return last
  })
}

const integer = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (value: number): string => `${Number(value.toFixed(value < 60 ? 1 : 0))} s`

/** The plot's lines; none without points. Values are 0 or more. */
export const plot = (points: readonly Point[], options: PlotOptions): string[] => {
  const { title, width = 72, height = 5 } = options
  const [from, to] = [points.at(0), points.at(-1)]
  if (!from || !to) return []
  const max = Math.max(1, ...points.map(({ value }) => value))
  const top = integer(max)
  const label = Math.max(top.length, 1)
  const columns = width - label - 2
  const eighths = resample(points, columns).map((value) =>
    // Little is not nothing.
    value > 0 ? Math.max(1, Math.round((value / max) * height * EIGHTHS)) : 0,
  )
  const rows = Array.from({ length: height }, (_, at) => {
    const below = (height - 1 - at) * EIGHTHS
    const bars = eighths.map((level) => BLOCKS[Math.min(EIGHTHS, Math.max(0, level - below))] ?? ' ')
    return `${(at === 0 ? top : '').padStart(label)} │${bars.join('').trimEnd()}`
  })
  const [left, right] = [seconds(from.atS), seconds(to.atS)]
  const gap = ' '.repeat(Math.max(1, columns - left.length - right.length))
  return [
    title,
    ...rows,
    `${'0'.padStart(label)} └${'─'.repeat(columns)}`,
    `${' '.repeat(label + 2)}${left}${gap}${right}`,
  ]
}
