/** Drawing on canvases: flagged columns, and what is expected. All measures in pixels of the canvas. */
import { type Colours, faded } from '../../kit/chart/colours.ts'
import { thin } from '../../kit/chart/thin.ts'
import { columnsOf, eachRun, type Spans } from './ranges.ts'
import type { Band } from './report.ts'
import type { View } from './viewport.ts'

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** By level: colour, how dense a column of it is, and how long its tick. */
const looks = [
  undefined,
  { colour: 'warn', alpha: 0.16, tick: 5 },
  { colour: 'bad', alpha: 0.2, tick: 9 },
  { colour: 'bad', alpha: 0.34, tick: 14 },
] as const

const least = 2

/** Flagged ranges as columns from top to bottom, each with a tick at the top that is the longer the more severe it is. */
export const paintFlags = (
  context: CanvasRenderingContext2D,
  { left, top, width, height }: Box,
  spans: Spans,
  view: View,
  colours: Colours,
  ratio: number,
): void => {
  eachRun(columnsOf(spans, view, Math.max(1, Math.round(width))), (from, to, level) => {
    const look = looks[level]
    if (!look) return
    const wide = Math.max(least * ratio, to - from)
    context.fillStyle = faded(colours[look.colour], look.alpha)
    context.fillRect(left + from, top, wide, height)
    context.fillStyle = colours[look.colour]
    context.fillRect(left + from, top, wide, look.tick * ratio)
  })
}

/** Flagged ranges as bars from the bottom, higher where more severe: for where there is little room. */
export const paintBars = (
  context: CanvasRenderingContext2D,
  { left, top, width, height }: Box,
  spans: Spans,
  view: View,
  colours: Colours,
  ratio: number,
): void => {
  eachRun(columnsOf(spans, view, Math.max(1, Math.round(width))), (from, to, level) => {
    const look = looks[level]
    if (!look) return
    const high = height * (0.4 + 0.3 * (level - 1))
    context.fillStyle = colours[look.colour]
    context.fillRect(left + from, top + height - high, Math.max(least * ratio, to - from), high)
  })
}

/** The least and the greatest of the band within the points `from` to `to` (included). */
export const reachOf = ({ lower, upper }: Band, from: number, to: number): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let point = from; point <= to; point++) {
    const [a, b] = [lower[point] ?? Number.NaN, upper[point] ?? Number.NaN]
    if (a < low) low = a
    if (b > high) high = b
  }
  return [low, high]
}

export interface BandPicture {
  readonly xs: Float64Array
  readonly band: Band
  readonly from: number
  readonly to: number
  /** Pixels of a value of x, and of y. */
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly columns: number
}

/** Of each column the band as far as it reaches there, and the line of what was expected where it can be told apart. */
export const paintBand = (
  context: CanvasRenderingContext2D,
  { xs, band, from, to, x, y, columns }: BandPicture,
  colours: Colours,
  ratio: number,
): void => {
  const step = Math.max(1, Math.floor((to - from + 1) / Math.max(1, columns)))
  context.fillStyle = faded(colours.soft, 0.2)
  let upper: number[] = []
  let lower: number[] = []
  const flush = (): void => {
    if (upper.length >= 4) {
      context.beginPath()
      for (let i = 0; i < upper.length; i += 2) context.lineTo(upper[i] ?? 0, upper[i + 1] ?? 0)
      for (let i = lower.length - 2; i >= 0; i -= 2) context.lineTo(lower[i] ?? 0, lower[i + 1] ?? 0)
      context.fill()
    }
    upper = []
    lower = []
  }
  // Whole multiples of the step: the same points stand together however the view is moved.
  for (let begin = from - (from % step); begin <= to; begin += step) {
    const [low, high] = reachOf(band, Math.max(0, begin), Math.min(xs.length, begin + step) - 1)
    if (low > high) {
      flush()
      continue
    }
    const at = x(xs[begin] ?? 0)
    upper.push(at, y(high))
    lower.push(at, y(low))
  }
  flush()
  if (step > 3) return
  context.strokeStyle = faded(colours.soft, 0.9)
  context.lineWidth = ratio
  context.setLineDash([4 * ratio, 3 * ratio])
  context.beginPath()
  let pen = false
  for (const point of thin(xs, band.expected, from, to + 1, columns)) {
    const value = band.expected[point] ?? Number.NaN
    if (Number.isNaN(value)) pen = false
    else if (pen) context.lineTo(x(xs[point] ?? 0), y(value))
    else {
      context.moveTo(x(xs[point] ?? 0), y(value))
      pen = true
    }
  }
  context.stroke()
  context.setLineDash([])
}
