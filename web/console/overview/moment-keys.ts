/** Where a key leads from a moment. Pure. */

/** A range has so many steps of an arrow key. */
const STEPS = 90

export interface Reach {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  /** Of decisions, newest first. */
  readonly times: readonly number[]
}

/** The moment; `now` where the key leads back to that; undefined where it leads nowhere. */
export const momentAfter = (
  key: string,
  at: number,
  { from, to, times }: Reach,
): number | 'now' | undefined => {
  const within = (it: number | undefined): number | undefined =>
    it === undefined ? undefined : Math.min(to, Math.max(from, it))
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return within(at - (to - from) / STEPS)
    case 'ArrowRight':
    case 'ArrowUp':
      return within(at + (to - from) / STEPS)
    case 'PageUp':
      return within(times.findLast((it) => it > at))
    case 'PageDown':
      return within(times.find((it) => it < at))
    case 'Home':
      return from
    case 'End':
      return to
    case 'Escape':
      return 'now'
    default:
      return undefined
  }
}
