import { roundingError } from '../../signal/rounding.ts'
import { savedFields, savedList, savedNumber } from '../saved.ts'
import { grainOf } from './grain.ts'
import { Judge } from './judge.ts'
import { Level } from './level.ts'
import { createSeason } from './season.ts'

/** What a model is made of; see `forecastDefaults`. */
export interface ModelParameters {
  readonly quickFollow: number
  readonly slowFollow: number
  readonly window: number
  readonly errorMemory: number
  readonly seasonFollow: number
  readonly tailMemory: number
}

/** A season, or none, with the levels that follow what it leaves unexplained. */
export interface Model {
  /** In steps; 0 without a season. */
  readonly period: number
  /** Whether its season is known well enough for its forecasts to be compared with others. */
  readonly ready: boolean
  /** What the season says of the row that comes; undefined when it knows nothing of its phase. */
  usual(position: number): number | undefined
  /** These judge each row by itself. */
  readonly quick: readonly Level[]
  /** The mean of the last innovations of this one is judged. */
  readonly slow: Level
  /** How probable a mean as far off as the last one was. */
  readonly windowProbability: number
  update(value: number, position: number): void
  save(): unknown
}

/** A phase of a season moves by this many running errors at most. */
const seasonLimit = 4

export const createModel = (parameters: ModelParameters, period: number, state?: unknown): Model => {
  const { quickFollow, slowFollow, window, errorMemory, seasonFollow } = parameters
  const saved = state === undefined ? undefined : savedFields(state, 'model')
  const levels = saved ? savedList(saved, 'levels', 3) : []
  const level = (at: number, follow: number, rows: number): Level =>
    new Level({ follow, window: rows, errorMemory }, saved && (levels[at] ?? null))
  const last = level(0, 1, 1)
  const quick = level(1, quickFollow, 1)
  const slow = level(2, slowFollow, window)
  const windowJudge = new Judge(parameters.tailMemory, window / 4, saved && (saved['windowJudge'] ?? null))
  let windowProbability = saved ? savedNumber(saved, 'windowProbability', 0) : 1
  const season =
    period === 0 ? undefined : createSeason(period, seasonFollow, saved && (saved['season'] ?? null))
  return {
    period,
    get ready() {
      return season?.established ?? true
    },
    quick: [last, quick],
    slow,
    get windowProbability() {
      return windowProbability
    },
    usual: (position) => (season === undefined ? 0 : season.usual(position)),
    update(value, position) {
      const usual = season === undefined ? 0 : season.usual(position)
      if (usual !== undefined) {
        const floor = roundingError(Math.max(Math.abs(value), Math.abs(usual)))
        const scale = slow.error
        last.update(value - usual, floor)
        quick.update(value - usual, floor)
        slow.update(value - usual, floor)
        if (Number.isFinite(scale)) {
          const unit = Math.max(scale, floor)
          const { mean } = slow
          windowProbability = windowJudge.observe(Math.abs(mean) <= floor ? 0 : mean / unit)
        }
      }
      if (season === undefined) return
      // What the level explains is not the season's: a shift of level leaves the season as it is.
      const error = quick.error
      const level = season.established ? (quick.value ?? 0) : 0
      season.learn(
        position,
        value - level,
        Number.isFinite(error) ? seasonLimit * error : error,
        grainOf(error),
      )
    },
    save: () => ({
      period,
      windowJudge: windowJudge.save(),
      windowProbability,
      levels: [last, quick, slow].map((each) => each.save()),
      season: season?.save(),
    }),
  }
}
