import { roundingError } from '../../signal/rounding.ts'
import { createSeason } from './season.ts'
import { Tracker } from './tracker.ts'

/** What a model is made of; see `forecastDefaults`. */
export interface ModelParameters {
  readonly quickFollow: number
  readonly slowFollow: number
  readonly window: number
  readonly errorMemory: number
  readonly scaleMemory: number
  readonly tailMemory: number
  readonly seasonCycles: number
}

/** A season, or none, with the levels that follow what it leaves unexplained. */
export interface Model {
  /** In steps; undefined without a season. */
  readonly period: number | undefined
  /** Whether its season is known well enough for its forecasts to be compared with others. */
  readonly ready: boolean
  /** Judge each row by itself. */
  readonly quick: readonly Tracker[]
  /** Judges the mean of the last rows. */
  readonly slow: Tracker
  update(value: number, position: number): void
}

export const createModel = (parameters: ModelParameters, period?: number): Model => {
  const { quickFollow, slowFollow, window, tailMemory, seasonCycles } = parameters
  const tracker = (follow: number, rows: number): Tracker =>
    new Tracker({ ...parameters, memory: tailMemory, follow, window: rows })
  const season = period === undefined ? undefined : createSeason(period, seasonCycles)
  const quick = [tracker(1, 1), tracker(quickFollow, 1)]
  const slow = tracker(slowFollow, window)
  const all = [...quick, slow]
  return {
    period,
    get ready() {
      return season?.established ?? true
    },
    quick,
    slow,
    update(value, position) {
      const usual = season === undefined ? 0 : season.usual(position)
      if (usual !== undefined) {
        const floor = roundingError(Math.max(Math.abs(value), Math.abs(usual)))
        for (const each of all) each.update(value - usual, floor)
      }
      season?.learn(position, value)
    },
  }
}

/**
 * The probabilities that the most believable trackers gave, of the quick ones and of the slow: those with the least
 * recent error among the models that are ready.
 */
export const believed = (models: readonly Model[]): { readonly quick: number; readonly slow: number } => {
  let quick: Tracker | undefined
  let slow: Tracker | undefined
  for (const model of models) {
    if (!model.ready) continue
    for (const each of model.quick) if (quick === undefined || each.error < quick.error) quick = each
    if (slow === undefined || model.slow.error < slow.error) slow = model.slow
  }
  return { quick: quick?.probability ?? 1, slow: slow?.probability ?? 1 }
}
