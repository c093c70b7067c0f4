/**
 * The detector `forecast`: a few forecasts of the next value run beside each other; the one that has been closest of
 * late is believed ("follow the leader"), and a row is as anomalous as its distance from it is improbable (tail.ts).
 *
 * Forecasts: a level that follows quickly, and "the last value again", each by itself and on top of every season known;
 * they show spikes and jumps. A level that follows slowly, again by itself and on top of each season, is compared with
 * the mean of the last rows: it shows what lasts (a shift, a missed cycle, a slow excursion). How far the last rows were
 * from their forecasts, compared with what is usual, shows noise that grows, and silence (activity.ts).
 * Seasons: the day and the week where there are timestamps, and what autocorrelation finds in the values, looked for
 * again as the stream grows.
 *
 * Everything is relative to the series' own scale: a·x + b has the scores of x. A row costs O(log n), amortized;
 * memory is constant.
 */
import type { Detection, Judgement } from '../../detector.ts'
import { DEFAULT_THRESHOLD, probabilityOf } from '../../score.ts'
import { findPeriods } from '../../signal/period.ts'
import { roundingError } from '../../signal/rounding.ts'
import { savedBy, savedCount, savedFields, savedList, savedNumber } from '../saved.ts'
import { createActivity } from './activity.ts'
import { grainOf, inGrains } from './grain.ts'
import { createHistory } from './history.ts'
import { Judge } from './judge.ts'
import type { Level } from './level.ts'
import { createModel, type Model } from './model.ts'

export const forecastDefaults = {
  /** Share of an innovation that the quick and the slow level take over. */
  quickFollow: 0.1,
  slowFollow: 0.003,
  /** Rows over which the distance from the slow level is averaged. */
  window: 24,
  /** Rows after which a row counts 1/e: in the comparison of forecasts, in the tail. */
  errorMemory: 200,
  tailMemory: 8000,
  /** Share of its distance that a phase of a season takes over. */
  seasonFollow: 0.2,
  activityWindow: 24,
  /** Last rows in which periods are looked for: the longest that can be found is half of it. */
  history: 4096,
} as const
export type ForecastParameters = { readonly [K in keyof typeof forecastDefaults]: number }

export const forecastName = 'forecast'
const version = 1

/** Rows before seasons are looked for first; then again when there are half as many more. */
const firstSearch = 64
const searchGrowth = 1.5
const dayMs = 86_400_000
const shortestPeriod = 4
const longestCalendar = 20_000
/** Seasons found by autocorrelation that are followed at once. */
const maxFound = 2
/** Periods that differ by less than this share are the same. */
const alike = 0.02
/** Values are scaled by this, so that sums and differences of the largest doubles stay finite. */
const headroom = 2 ** -12
/**
 * From the least probability of the three judgements of a row (by itself, as the end of a window, by how lively the series is) to the
 * one that is told. Three would allow for three chances of a false alarm (Bonferroni), but what is strange to one judge often
 * is to another, and rows that are flagged in a row are one alarm (suppress.ts): less than one makes alarms, not rows, about as
 * frequent as they claim, measured on series without anomalies.
 */
const told = 0.75
/**
 * Of small probabilities that share; 1 stays 1: it is the odds that are taken so many times. Who has seen n rows can't vouch for less
 * than 1 in n²: beyond that only the order is kept, or a young series would tell of the greatest wonders.
 */
const toldOf = (probability: number, rows: number): number => {
  const share = (told * probability) / (1 - probability + told * probability)
  const limit = rows ** -2
  return share >= limit ? share : limit / (1 + Math.log10(limit / share))
}

/** The forecast that is believed of a row. */
interface Leader {
  readonly model: Model
  readonly level: Level
  /** What its season says. */
  readonly usual: number
}

/** Of the levels that know something of the position, the one with the least recent error. */
const leaderOf = (models: readonly Model[], levels: (model: Model) => readonly Level[], position: number) => {
  let best: Leader | undefined
  let error = Number.POSITIVE_INFINITY
  for (const model of models) {
    if (!model.ready) continue
    const usual = model.usual(position)
    if (usual === undefined) continue
    for (const level of levels(model)) {
      if (level.error >= error) continue
      best = { model, level, usual }
      error = level.error
    }
  }
  return best
}

const errorOf = ({ quick }: Model): number => Math.min(...quick.map((level) => level.error))
const quickOf = (model: Model): readonly Level[] => model.quick
const slowOf = (model: Model): readonly Level[] => [model.slow]

/** A stream of values in, a judgement of each out. */
export const createForecast = (parameters: ForecastParameters, state?: unknown): Detection => {
  const saved = state === undefined ? undefined : savedBy(state, forecastName, version)
  const part = (field: string): unknown => saved && (saved[field] ?? null)
  const models = (field: string): Model[] =>
    (saved ? savedList(saved, field, 4) : []).map((each) =>
      createModel(parameters, savedNumber(savedFields(each, field), 'period', 0), each),
    )
  const history = createHistory(parameters.history, firstSearch, part('history'))
  const pointJudge = new Judge(parameters.tailMemory, 1, part('pointJudge'))
  const activity = createActivity(parameters.activityWindow, parameters.tailMemory, part('activity'))
  const plain = createModel(parameters, 0, part('plain'))
  let calendar = models('calendar')
  let found = models('found')
  let all: readonly Model[] = [plain, ...calendar, ...found]
  let nextSearch = saved ? savedCount(saved, 'nextSearch') : firstSearch

  const learned = (period: number): Model => {
    const model = createModel(parameters, period)
    history.replay(model.update)
    return model
  }

  /** The calendar's seasons are known as soon as the step is; those of the series itself are looked for. */
  const searchSeasons = (): void => {
    const longest = parameters.history / 2
    const { stepMs } = history
    if (stepMs !== undefined && history.rows === firstSearch) {
      calendar = [dayMs / stepMs, (7 * dayMs) / stepMs]
        .filter((period) => period >= shortestPeriod && period <= longestCalendar)
        .map(learned)
    }
    for (const estimate of findPeriods(history.values())) {
      // No finer than an eighth of a row over all rows: what differs by rounding only has the same seasons.
      const period = inGrains(estimate, 2 ** Math.floor(Math.log2(estimate / (4 * history.rows))))
      if (period < shortestPeriod || period > longest) continue
      const near = (model: Model): number => Math.abs(model.period - period)
      const known = calendar.some((model) => near(model) < alike * period)
      // Over all rows kept, less than half a row's difference says nothing.
      const same = found.some((model) => near(model) * (history.rows / period) < 0.5)
      if (known || same) continue
      // A new season takes the place of the one that forecasts worst, or of its own less exact self.
      const model = learned(period)
      const rival = found.find((other) => near(other) < alike * period)
      const better = rival === undefined || errorOf(model) < errorOf(rival)
      if (better) found = [...found.filter((other) => other !== rival), model]
      found = found.sort((a, b) => errorOf(a) - errorOf(b)).slice(0, maxFound)
    }
    all = [plain, ...calendar, ...found]
  }

  return {
    update(value, timeMs): Judgement {
      history.advance(timeMs)
      const { position } = history
      const quick = leaderOf(all, quickOf, position)
      const slow = leaderOf(all, slowOf, position)
      const expected = quick === undefined ? Number.NaN : quick.usual + (quick.level.value ?? 0)
      const scale = quick?.level.error ?? 0
      const reach = pointJudge.reach(probabilityOf(DEFAULT_THRESHOLD) / told)
      let probability = 1
      const missing = Number.isNaN(value)
      const scaled = value * headroom
      history.push(inGrains(scaled, grainOf(scale)))
      if (!missing) {
        const deviation = scaled - expected
        const floor = roundingError(Math.max(Math.abs(scaled), Math.abs(expected)))
        if (quick) {
          const unit = Math.abs(deviation) <= floor ? 0 : deviation / Math.max(scale, floor)
          probability = Math.min(pointJudge.observe(unit), activity.observe(Math.abs(unit)))
        }
        for (const model of all) model.update(scaled, position)
        if (slow) probability = Math.min(probability, slow.model.windowProbability)
        probability = toldOf(probability, history.rows)
      }
      if (history.rows === nextSearch) {
        searchSeasons()
        nextSearch += Math.min(parameters.history, Math.ceil(nextSearch * (searchGrowth - 1)))
      }
      return {
        probability,
        expected: expected / headroom,
        lower: Number.isFinite(reach.down) ? (expected - reach.down * scale) / headroom : Number.NaN,
        upper: Number.isFinite(reach.up) ? (expected + reach.up * scale) / headroom : Number.NaN,
      }
    },
    save: () => ({
      detector: forecastName,
      version,
      history: history.save(),
      pointJudge: pointJudge.save(),
      activity: activity.save(),
      plain: plain.save(),
      calendar: calendar.map((model) => model.save()),
      found: found.map((model) => model.save()),
      nextSearch,
    }),
  }
}
