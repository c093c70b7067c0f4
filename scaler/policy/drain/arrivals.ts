/**
 * The arrival curve: how many jobs had come in at which time. It tells how long what waits has waited already, and how fast
 * jobs come in when a single burst is left out.
 */

/** `total` jobs had come in, all partitions together, at a time (milliseconds since the epoch). */
export interface ArrivalPoint {
  readonly at: number
  readonly total: number
}

/** Points closer than this to the one before them are left out, ms. */
const STEP_MS = 900
/**
 * Times over which the rate is taken, ms, and how many of the steps, those in which most jobs came in, are left out (a share, but some at
 * least): they are the bursts,
 * and wait in the backlog. The short one sees a load that has risen, the long one a load of few jobs.
 */
const SHORT = { windowMs: 10_000, trimmed: 0.5, atLeast: 1 }
const LONG = { windowMs: 60_000, trimmed: 0.1, atLeast: 5 }

/**
 * The curve with one more point. Points older than `keepMs` are left out, but for the last one before that. A total that is
 * less than the one before (topics were made anew) begins another curve.
 */
export const extend = (
  curve: readonly ArrivalPoint[],
  point: ArrivalPoint,
  keepMs: number,
): readonly ArrivalPoint[] => {
  const last = curve.at(-1)
  if (!last || point.total < last.total || point.at < last.at) return [point]
  if (point.at - last.at < STEP_MS) return curve
  const all = [...curve, point]
  const first = all.findIndex(({ at }) => at > point.at - Math.max(keepMs, LONG.windowMs))
  return all.slice(Math.max(0, first - 1))
}

/** Mean over the steps of the last `windowMs`, without the busiest of them (a trimmed mean), jobs/ms; 0 for fewer than three. */
const trimmedRate = (
  curve: readonly ArrivalPoint[],
  { windowMs, trimmed, atLeast }: typeof SHORT,
): number => {
  const endAt = curve.at(-1)?.at ?? 0
  const inWindow = curve.filter(({ at }) => at >= endAt - windowMs)
  const steps = inWindow.slice(1).map((to, index) => {
    const from = inWindow[index] ?? to
    return { jobs: to.total - from.total, ms: to.at - from.at }
  })
  if (steps.length < 3) return 0
  const byRate = steps.toSorted((a, b) => a.jobs / a.ms - b.jobs / b.ms)
  const kept = byRate.slice(
    0,
    Math.max(0, byRate.length - Math.max(atLeast, Math.floor(byRate.length * trimmed))),
  )
  const sum = kept.reduce((so, { jobs, ms }) => ({ jobs: so.jobs + jobs, ms: so.ms + ms }), {
    jobs: 0,
    ms: 0,
  })
  return sum.ms > 0 ? sum.jobs / sum.ms : 0
}

/** Jobs a millisecond: in the last seconds, and in the last minute where that was more. */
export interface SteadyRates {
  readonly now: number
  readonly lately: number
}

/** What keeps coming in, without what single bursts brought. */
export const steadyRates = (curve: readonly ArrivalPoint[]): SteadyRates => {
  const now = trimmedRate(curve, SHORT)
  return { now, lately: Math.max(now, trimmedRate(curve, LONG)) }
}

/** Jobs that must be done within a time from now. */
export interface Deadline {
  readonly jobs: number
  /** Milliseconds; negative where it has passed. */
  readonly inMs: number
}

/**
 * What each point of the curve asks for: all that had come in by then and is not done, within `objectiveMs` of its coming. Logs are
 * read in order, so these are the first jobs to be done. `done` is counted as `total` is.
 */
export const deadlines = (
  curve: readonly ArrivalPoint[],
  done: number,
  nowMs: number,
  objectiveMs: number,
): readonly Deadline[] =>
  curve.flatMap(({ at, total }) =>
    total > done ? [{ jobs: total - done, inMs: at + objectiveMs - nowMs }] : [],
  )

/** When the last of what has come in came, milliseconds since the epoch. */
export const lastArrival = (curve: readonly ArrivalPoint[]): number => {
  const total = curve.at(-1)?.total
  return curve.find((point) => point.total === total)?.at ?? 0
}
