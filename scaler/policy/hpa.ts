/**
 * The Kubernetes HPA (1.34) for External metrics of type AverageValue, which are what KEDA makes, one a trigger:
 * pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler and what it calls) and replica_calculator.go
 * (GetExternalPerPodMetricReplicas). The workload's existing replicas are taken to be those asked for. Of several metrics the HPA takes
 * the one that asks for most; where a replica is worth as much of each, as here, that is the largest metric.
 */
import {
  type Behavior,
  type FullBehavior,
  fillBehavior,
  recordChange,
  type ScaleHistory,
  scaleDownLimit,
  scaleUpLimit,
} from './behavior.ts'
import type { Step } from './policy.ts'
import { count, explain, move, plural, speedInWords } from './reason.ts'
import { type Recommendation, stabilize, stabilizeWithoutBehavior } from './stabilization.ts'

export interface HpaSettings {
  /** 1 or more: KEDA, not the HPA, goes to zero and back. */
  readonly minReplicas: number
  readonly maxReplicas: number
  /** How much of the metric one replica is worth (`target.averageValue`; KEDA's `lagThreshold`). */
  readonly averageValue: number
  /**
   * Undefined is not the same as `{}`: without any behavior an HPA doubles at most (or goes to 4) each time it
   * looks, and its stabilization window may also make it grow.
   */
  readonly behavior?: Behavior | undefined
  /** By how much the metric may be off without a change, a share of 1. Default 0.1. */
  readonly tolerance?: number
  /** The controller's own window down, s: where the behavior says nothing of it. Default 300. */
  readonly downscaleStabilizationSeconds?: number
}

export interface HpaState extends ScaleHistory {
  readonly recommendations: readonly Recommendation[]
}

export interface HpaObservation {
  /** The largest of the metrics that are known. */
  readonly metric: number
  readonly currentReplicas: number
  /** Milliseconds since the epoch. An HPA looks every 15 s, counted from the end of its last look. */
  readonly nowMs: number
  /** What the metric is called in the reason. Default `lag <metric>`. */
  readonly subject?: string
  /** Why another metric is not known, where one is not: then nothing shrinks. */
  readonly unknown?: string | undefined
}

export const initialHpaState: HpaState = { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] }

/** Replicas after the limits, and which limit it was where that is not what was wanted. */
interface Limited {
  readonly replicas: number
  readonly by?: string
}

const limitUp = (
  wanted: number,
  current: number,
  max: number,
  fastest: number,
  inWords: (stuck: boolean) => string,
): Limited => {
  if (wanted <= Math.min(max, fastest)) return { replicas: wanted }
  if (max <= fastest) return { replicas: max, by: `capped at the maximum of ${max}` }
  return { replicas: fastest, by: inWords(fastest === current) }
}

const limitDown = (
  wanted: number,
  current: number,
  min: number,
  lowest: number,
  inWords: (stuck: boolean) => string,
): Limited => {
  if (wanted >= Math.max(min, lowest)) return { replicas: wanted }
  if (min >= lowest) return { replicas: min, by: `kept at the minimum of ${min}` }
  return { replicas: lowest, by: inWords(lowest === current) }
}

/** Holds what is wanted to the speed allowed and to [min, max]. */
const limit = (
  wanted: number,
  current: number,
  { minReplicas: min, maxReplicas: max }: HpaSettings,
  behavior: FullBehavior | undefined,
  history: ScaleHistory,
  nowMs: number,
): Limited => {
  if (!behavior) {
    return wanted > current
      ? limitUp(wanted, current, max, Math.max(2 * current, 4), () => 'at most double at a time')
      : limitDown(wanted, current, min, min, () => '')
  }
  const { scaleUp, scaleDown } = behavior
  return wanted > current
    ? limitUp(wanted, current, max, scaleUpLimit(scaleUp, current, history, nowMs), (stuck) =>
        speedInWords(scaleUp, true, stuck),
      )
    : limitDown(wanted, current, min, scaleDownLimit(scaleDown, current, history, nowMs), (stuck) =>
        speedInWords(scaleDown, false, stuck),
      )
}

/** One look of the HPA. Pure: the same state and observation give the same step. */
export const decide = (
  state: HpaState,
  observation: HpaObservation,
  settings: HpaSettings,
): Step<HpaState> => {
  const { metric, currentReplicas: from, nowMs } = observation
  const { minReplicas, maxReplicas, averageValue, tolerance = 0.1 } = settings
  const windowSeconds = settings.downscaleStabilizationSeconds ?? 300
  const behavior = settings.behavior && fillBehavior(settings.behavior, windowSeconds)
  // A controller that has just started takes what it finds for a recommendation, so it shrinks nothing at once.
  const known = state.recommendations.length > 0 ? state.recommendations : [{ at: nowMs, replicas: from }]

  const step = (to: number, reason: string, recommendations = known): Step<HpaState> => ({
    state: {
      recommendations,
      ...(to !== from && behavior
        ? recordChange(state, behavior, nowMs, from, to)
        : { scaleUpEvents: state.scaleUpEvents, scaleDownEvents: state.scaleDownEvents }),
    },
    decision: { at: new Date(nowMs).toISOString(), from, to, reason },
  })

  if (from === 0) return step(0, 'scaled to zero: the HPA waits until there is lag')
  if (from > maxReplicas) {
    return step(maxReplicas, `${from} is over the maximum of ${maxReplicas}; ${move(from, maxReplicas)}`)
  }
  if (from < minReplicas) {
    return step(minReplicas, `${from} is under the minimum of ${minReplicas}; ${move(from, minReplicas)}`)
  }

  const ratio = metric / (averageValue * from)
  const tolerated = ratio >= 1 - tolerance && ratio <= 1 + tolerance
  const wanted = tolerated ? from : Math.max(0, Math.ceil(metric / averageValue))
  const { subject = `lag ${count(metric)}`, unknown } = observation
  // computeReplicasForMetrics: with an invalid metric a proposal below the current replicas is no proposal, and is not remembered.
  if (unknown !== undefined && wanted < from) {
    return step(
      from,
      `${subject} is worth fewer than ${plural(from, 'worker')}, but ${unknown}; held at ${from}`,
    )
  }
  const stabilized = behavior
    ? stabilize(known, from, wanted, behavior, nowMs)
    : stabilizeWithoutBehavior(known, wanted, windowSeconds, nowMs)
  const limited = limit(stabilized.replicas, from, settings, behavior, state, nowMs)
  const grounds = {
    subject,
    averageValue,
    tolerance,
    wanted,
    tolerated,
    stabilized,
    minReplicas,
    maxReplicas,
  }
  return step(
    limited.replicas,
    explain({ ...grounds, limitedBy: limited.by }, from, limited.replicas),
    stabilized.recommendations,
  )
}
