/**
 * The detector `forecast`: a few forecasts of the next value run beside each other; the one that has been closest of
 * late is believed ("follow the leader"), and a row is as anomalous as its distance from it is improbable (tail.ts).
 *
 * Forecasts: a level that follows quickly, and "the last value again", each by itself and on top of every season known;
 * they show spikes and jumps. A level that follows slowly, again by itself and on top of each season, is compared with
 * the mean of the last rows: it shows what lasts (a shift, a missed cycle, a slow excursion).
 * Seasons: the day and the week where there are timestamps, and what autocorrelation finds in the values, looked for
 * again as the stream grows.
 *
 * Everything is relative to the series' own scale: a·x + b has the scores of x. A row costs O(log n), amortized;
 * memory is constant.
 */
import { findPeriods } from '../../signal/period.ts'
import { createHistory } from './history.ts'
import { believed, createModel, type Model } from './model.ts'

export const forecastDefaults = {
  /** Share of an innovation that the quick and the slow level take over. */
  quickFollow: 0.25,
  slowFollow: 0.001,
  /** Rows over which the distance from the slow level is averaged. */
  window: 16,
  /** Rows after which a row counts 1/e: in the comparison of forecasts, in the scale, in the tail. */
  errorMemory: 500,
  scaleMemory: 1000,
  tailMemory: 8000,
  /** Values a season remembers of each phase. */
  seasonCycles: 5,
  /** Last rows in which periods are looked for: the longest that can be found is half of it. */
  history: 8192,
} as const
export type ForecastParameters = { readonly [K in keyof typeof forecastDefaults]: number }

/** Rows before seasons are looked for first; then again when there are half as many more. */
const firstSearch = 64
const searchGrowth = 1.5
const dayMs = 86_400_000
const shortestPeriod = 4
/** Seasons found by autocorrelation that are followed at once. */
const maxFound = 2
/** Periods that differ by less than this share are the same. */
const alike = 0.02
/** Values are scaled by this, so that sums and differences of the largest doubles stay finite. */
const headroom = 2 ** -12
/** A row is judged by itself and as the end of a window. */
const judgements = 2

/** A stream of values in, the probability of each out: 1 when usual, near 0 when anomalous. */
export const createForecast = (
  parameters: ForecastParameters,
): ((value: number, timeMs?: number) => number) => {
  const history = createHistory(parameters.history, firstSearch)
  const plain = createModel(parameters)
  let calendar: readonly Model[] = []
  let found: readonly Model[] = []
  let models: readonly Model[] = [plain]
  let nextSearch = firstSearch

  const learned = (period: number): Model => {
    const model = createModel(parameters, period)
    history.replay(model.update)
    return model
  }

  /** The calendar's seasons are known as soon as the step is; those of the series itself are looked for. */
  const searchSeasons = (): void => {
    const longest = parameters.history / 2
    const fits = (period: number): boolean => period >= shortestPeriod && period <= longest
    const { stepMs } = history
    if (stepMs !== undefined && history.rows === firstSearch) {
      calendar = [dayMs / stepMs, (7 * dayMs) / stepMs].filter(fits).map(learned)
    }
    for (const period of findPeriods(history.values()).filter(fits)) {
      const known = [...calendar, ...found].some(
        (model) => Math.abs((model.period ?? 0) - period) < alike * period,
      )
      if (known) continue
      // A new season takes the place of the one that forecasts worst.
      found = [...found, learned(period)].sort((a, b) => a.slow.error - b.slow.error).slice(0, maxFound)
    }
    models = [plain, ...calendar, ...found]
  }

  return (value, timeMs) => {
    const scaled = value * headroom
    history.push(scaled, timeMs)
    const position = history.position()
    for (const model of models) model.update(scaled, position)
    const { quick, slow } = believed(models)
    if (history.rows === nextSearch) {
      searchSeasons()
      nextSearch += Math.min(parameters.history, Math.ceil(nextSearch * (searchGrowth - 1)))
    }
    // Two judgements have twice the chance of a false alarm (Bonferroni).
    return Math.min(1, judgements * Math.min(quick, slow))
  }
}
