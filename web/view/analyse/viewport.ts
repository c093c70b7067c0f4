/** The part of the x axis that is seen, and how it moves. It never leaves the data. Pure. */
import { lowerBound } from '../../kit/chart/thin.ts'

/** In the unit of x: milliseconds since the epoch, or rows. */
export interface View {
  readonly min: number
  readonly max: number
}

/** Points that are seen at least, however far one zooms in. */
const FEWEST_POINTS = 8
/** An anomaly is shown with as much around it, in widths of its own and in points at least. */
const CONTEXT = 4
const CONTEXT_POINTS = 60

const widthOf = ({ min, max }: View): number => max - min

/** All of ascending `xs`, never without width. */
export const wholeOf = (xs: ArrayLike<number>): View => {
  const min = xs[0] ?? 0
  const max = xs[xs.length - 1] ?? 1
  return max > min ? { min, max } : { min: min - 0.5, max: min + 0.5 }
}

/** The least width that a view may have. */
export const leastWidth = (whole: View, points: number): number =>
  widthOf(whole) * Math.min(1, FEWEST_POINTS / Math.max(1, points - 1))

/** The same width within the data, or all of it; never narrower than `least`. */
export const clamp = (view: View, whole: View, least = 0): View => {
  const width = Math.min(widthOf(whole), Math.max(least, widthOf(view)))
  if (!(width < widthOf(whole))) return whole
  const middle = (view.min + view.max) / 2
  const min = Math.min(whole.max - width, Math.max(whole.min, middle - width / 2))
  return { min, max: Math.min(whole.max, min + width) }
}

/** `factor` below 1 zooms in; what lies at `at` stays where it is, but for the ends of the data. */
export const zoom = (view: View, whole: View, factor: number, at: number, least: number): View => {
  const width = Math.min(widthOf(whole), Math.max(least, widthOf(view) * factor))
  const share = widthOf(view) > 0 ? (at - view.min) / widthOf(view) : 0.5
  const min = at - share * width
  return clamp({ min, max: min + width }, whole, least)
}

/** Moved by a share of its width: 1 is a whole screen to the right. */
export const pan = (view: View, whole: View, share: number): View => {
  const by = share * widthOf(view)
  return clamp({ min: view.min + by, max: view.max + by }, whole)
}

/** First and last point that a view takes in, both included. */
export const rowsOf = (view: View, xs: ArrayLike<number>): { readonly from: number; readonly to: number } => {
  const last = Math.max(0, xs.length - 1)
  const from = Math.min(last, lowerBound(xs, view.min))
  let to = lowerBound(xs, view.max)
  if (to > last || (xs[to] ?? 0) > view.max) to--
  return { from, to: Math.max(from, to) }
}

/** From one point to another. */
export const viewOfRows = (from: number, to: number, xs: ArrayLike<number>): View => {
  const whole = wholeOf(xs)
  return clamp({ min: xs[from] ?? whole.min, max: xs[to] ?? whole.max }, whole, leastWidth(whole, xs.length))
}

/** A range of points, with what is around it. */
export const viewAround = (start: number, end: number, xs: ArrayLike<number>): View => {
  const around = Math.max(CONTEXT_POINTS, CONTEXT * (end - start + 1))
  return viewOfRows(Math.max(0, start - around), Math.min(xs.length - 1, end + around), xs)
}
