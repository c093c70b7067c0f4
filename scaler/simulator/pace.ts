/** What a cluster puts between a policy and the pods: when KEDA and the HPA look, and what the HPA makes of a value. */
import type { Behavior } from '../policy/behavior.ts'
import { decide, type HpaState, initialHpaState } from '../policy/hpa.ts'
import type { Observation, Policy, Step } from '../policy/policy.ts'
import { hpaMetric } from '../policy/quantise.ts'

export interface Pace {
  /** Time between two looks of the HPA, and when it looks first, ms. */
  readonly syncMs: number
  readonly phaseMs: number
  /** KEDA's `pollingInterval`, ms: it looks itself while there are no pods. */
  readonly pollingMs: number
}

export interface PacedState<State> {
  readonly policy: State
  readonly nextSyncAt: number
  readonly nextPollAt: number
}

const stay = ({ at, replicas }: Observation, reason: string): Step<null>['decision'] => ({
  at: new Date(at).toISOString(),
  from: replicas,
  to: replicas,
  reason,
})

/** A policy that includes KEDA and the HPA (`kafkaPolicy`), asked when these look. */
export const paced = <State>(policy: Policy<State>, pace: Pace): Policy<PacedState<State>> => ({
  initial: { policy: policy.initial, nextSyncAt: pace.phaseMs, nextPollAt: pace.phaseMs },
  decide(state, observation) {
    const { at, replicas } = observation
    const isDue = at >= (replicas === 0 ? state.nextPollAt : state.nextSyncAt)
    if (!isDue) return { state, decision: stay(observation, 'nobody looks') }
    const { state: inner, decision } = policy.decide(state.policy, observation)
    const next =
      replicas === 0
        ? { ...state, nextPollAt: at + pace.pollingMs }
        : { nextSyncAt: at + pace.syncMs, nextPollAt: at + pace.pollingMs }
    return { state: { ...state, ...next, policy: inner }, decision }
  },
})

/** What the ScaledObject of an external scaler says to the HPA. */
export interface HpaInFront extends Pace {
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly behavior: Behavior
}

/** Follows at once, as the ScaledObject of `scaling-drain-time` has it: the policy itself has said how fast. */
export const followingBehavior: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 100, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
}

export interface ThroughHpaState<State> {
  readonly policy: State
  readonly hpa: HpaState
  readonly nextSyncAt: number
}

/**
 * A policy behind KEDA's external scaler: it decides each time it is asked; the HPA takes its last value when it looks. From zero KEDA
 * wakes at once (the `true` of StreamIsActive), to the minimum or 1; the way to zero is KEDA's, too.
 */
export const throughHpa = <State>(
  policy: Policy<State>,
  hpa: HpaInFront,
): Policy<ThroughHpaState<State>> => ({
  initial: { policy: policy.initial, hpa: initialHpaState, nextSyncAt: hpa.phaseMs },
  decide(state, observation) {
    const { at, replicas: from } = observation
    const { state: inner, decision } = policy.decide(state.policy, observation)
    const seen = { ...state, policy: inner }
    const least = Math.max(1, hpa.minReplicas)
    if (from === 0) {
      return { state: seen, decision: { ...decision, to: decision.to > 0 ? least : 0 } }
    }
    if (at < state.nextSyncAt) return { state: seen, decision: { ...decision, to: from } }
    const nextSyncAt = at + hpa.syncMs
    if (decision.to === 0 && hpa.minReplicas === 0) return { state: { ...seen, nextSyncAt }, decision }
    const { maxReplicas, behavior } = hpa
    const step = decide(
      state.hpa,
      {
        metric: hpaMetric(decision.to, from, maxReplicas),
        currentReplicas: from,
        nowMs: at,
        subject: decision.reason,
      },
      { minReplicas: least, maxReplicas, averageValue: 1, behavior },
    )
    return {
      state: { policy: inner, hpa: step.state, nextSyncAt },
      decision: { ...decision, to: step.decision.to },
    }
  },
})
