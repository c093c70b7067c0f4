/** One detector on one series, measured. What a thread of the pool does. */
import { analyse } from '../../consumer/detection/analyse.ts'
import { scoreOf } from '../../consumer/detection/score.ts'
import { AppError } from '../../core/errors.ts'
import type { AnomalyKind, LabelledSeries } from './generator/series.ts'
import { windowed } from './generator/windows.ts'
import { bufferOf } from './measures/buffer.ts'
import { type EventScore, eventScore } from './measures/events.ts'
import { maskOf } from './measures/labels.ts'
import { type NabScore, nabScore } from './measures/nab.ts'
import { bestRangeScore, type RangeScore, rangeScoreAt } from './measures/range-based.ts'
import { vusPr } from './measures/vus.ts'

/** Flagged rows of 10,000 usual ones that are claimed of the thresholds that calibration is looked at. */
export const CLAIMS = [1, 10, 100] as const

export interface Task {
  readonly detector: string
  readonly series: LabelledSeries
  /** People's labels are windows as they are; exact ones are widened to windows where windows are called for. */
  readonly exact: boolean
}

export interface Evaluation {
  readonly detector: string
  readonly series: string
  readonly rows: number
  /** Of all its anomalies, where they are of one kind. */
  readonly kind: AnomalyKind | 'unknown' | 'mixed' | 'none'
  /** The one that ran; another than asked for where that chooses. */
  readonly ran: string
  /** NaN in a series without labels. */
  readonly vusPr: number
  /** The same with labels as wide as people's. */
  readonly windowedVusPr: number
  /** At the threshold that holds where nobody says otherwise, and at the best in hindsight. */
  readonly fixed: RangeScore
  readonly best: RangeScore
  readonly events: EventScore
  readonly nab: NabScore
  /** Share of the rows flagged at each of the claims' thresholds; of interest where no row is labelled. */
  readonly flagged: readonly number[]
  /** Of the processor: other threads and processes change it little. */
  readonly ms: number
}

/** Why a detector did not take a series: too short, too long. */
export interface Refusal {
  readonly detector: string
  readonly series: string
  readonly refused: string
}

const kindOf = ({ labels }: LabelledSeries): Evaluation['kind'] => {
  const [kind, ...others] = new Set(labels.map((label) => label.kind))
  return kind === undefined ? 'none' : others.length > 0 ? 'mixed' : kind
}

/** All measures of these scores; those at a threshold at this one. */
export const measure = (
  { labels, ...series }: LabelledSeries,
  scores: Float64Array,
  threshold: number,
  exact: boolean,
): Pick<Evaluation, 'vusPr' | 'windowedVusPr' | 'fixed' | 'best' | 'events' | 'nab' | 'flagged'> => {
  const labelled = { ...series, labels }
  const wide = exact ? windowed(labelled) : labelled
  const buffer = bufferOf(series.input.columns[0].values)
  const volume = vusPr(maskOf(labelled), scores, buffer)
  return {
    vusPr: volume,
    windowedVusPr: exact ? vusPr(maskOf(wide), scores, buffer) : volume,
    fixed: rangeScoreAt(labels, scores, threshold),
    best: bestRangeScore(labels, scores),
    events: eventScore(labels, scores, threshold),
    nab: nabScore(wide.labels, scores, threshold),
    flagged: CLAIMS.map((claim) => {
      const threshold = scoreOf(claim / 10_000)
      return scores.reduce((count, score) => count + (score >= threshold ? 1 : 0), 0) / scores.length
    }),
  }
}

/** @throws Error where a detector has a fault */
export default ({ detector, series, exact }: Task): Evaluation | Refusal => {
  const before = process.threadCpuUsage()
  try {
    const report = analyse(series.input, { detector })
    const { user, system } = process.threadCpuUsage(before)
    if (!report.scores.every((score) => score >= 0 && score < 1)) {
      throw new Error(`${report.detector} on ${series.name}: a score is not from 0 to below 1`)
    }
    return {
      detector,
      series: series.name,
      rows: report.scores.length,
      kind: kindOf(series),
      ran: report.detector,
      ...measure(series, report.scores, report.threshold.score, exact),
      ms: (user + system) / 1000,
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'REQUEST_INVALID') throw error
    return { detector, series: series.name, refused: error.message }
  }
}
