/**
 * The detector `forecast`: a few forecasts of the next value run beside each other; the one that has been closest of
 * late is believed, and a row is as anomalous as its distance from that forecast is improbable (see tail.ts).
 *
 * Forecasts: a level that follows quickly, and "the last value again", each by itself and on top of every season known.
 * They show spikes and jumps. A level that follows slowly, again by itself and on top of each season, is compared with
 * the mean of the last rows: it shows what lasts (a shift, a missed cycle, a slow excursion).
 * Seasons: the day and the week where there are timestamps, and what autocorrelation finds in the values, looked for
 * again and again as the stream grows. The choice of the forecast with the least recent error is "follow the leader".
 *
 * Everything is relative to the series' own scale: a·x + b has the scores of x. A row costs O(log n), amortized;
 * memory is constant.
 */
import { createHistory } from './history.ts'
import { findPeriods } from './period.ts'
import { createSeason, type Season } from './season.ts'
import { createTracker, type Tracker } from './tracker.ts'

export const forecastDefaults = {
  /** Share of an innovation that the quick and the slow level take over. */
  quickFollow: 0.25,
  slowFollow: 0.001,
  /** Rows over which the distance from the slow level is averaged. */
  window: 16,
  /** Rows after which a row counts 1/e: in the comparison of forecasts, the scale, the tail. */
  errorMemory: 500,
  scaleMemory: 1000,
  tailMemory: 8000,
  /** Values a season remembers of each phase. */
  seasonCycles: 5,
  /** Last rows in which periods are looked for: the longest found is half of it. */
  history: 8192,
}
export type ForecastParameters = typeof forecastDefaults

/** Rows before seasons are looked for; then after each half as many more, at most `history` more. */
const firstSearch = 64
const searchGrowth = 1.5
const shortestPeriod = 4
const dayMs = 86_400_000
/** Seasons found by autocorrelation that are followed at once. */
const maxFound = 2
/** Periods closer than this share are the same. */
const alike = 0.02
/** Values are scaled by this, so that sums and differences of the largest doubles stay finite. */
const headroom = 2 ** -12

/** A season (or none) with the levels on top of it. */
interface Model {
  readonly season: Season | undefined
  readonly calendar: boolean
  readonly quick: readonly Tracker[]
  readonly slow: Tracker
  /** What each tracker made of the last row. */
  readonly seen: Map<Tracker, number>
}

const createModel = (parameters: ForecastParameters, period?: number, calendar = false): Model => {
  const { quickFollow, slowFollow, window, errorMemory, scaleMemory, tailMemory, seasonCycles } = parameters
  const tracker = (follow: number, rows: number): Tracker =>
    createTracker({ follow, window: rows, errorMemory, scaleMemory, memory: tailMemory })
  return {
    season: period === undefined ? undefined : createSeason(period, seasonCycles),
    calendar,
    quick: [tracker(1, 1), tracker(quickFollow, 1)],
    slow: tracker(slowFollow, window),
    seen: new Map(),
  }
}
