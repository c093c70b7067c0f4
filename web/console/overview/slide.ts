/** The time axis goes on by itself: a step as often as it is a pixel wide, not more. */
import { fleetNow } from './use-history.ts'

/** Shorter steps are not seen, and cost. */
const LEAST_STEP_MS = 250
const STILL_STEP_MS = 1_000

const still = matchMedia('(prefers-reduced-motion: reduce)')

/** Calls `draw` with the right edge (milliseconds since the epoch) while the page is looked at. Returns how to stop. */
export const slide = (spanMs: number, widthPx: () => number, draw: (to: number) => void): (() => void) => {
  let drawn = 0
  let frame = 0
  const next = (): void => {
    frame = requestAnimationFrame(next)
    const to = fleetNow()
    const step = Math.max(still.matches ? STILL_STEP_MS : LEAST_STEP_MS, spanMs / Math.max(1, widthPx()))
    if (Math.abs(to - drawn) < step) return
    drawn = to
    draw(to)
  }
  next()
  return () => cancelAnimationFrame(frame)
}
