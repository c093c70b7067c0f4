/** Policies that only the simulator has, and what a cluster puts behind a policy: the HPA. */
import type { Behavior } from '../policy/behavior.ts'
import { decide, type HpaState, initialHpaState } from '../policy/hpa.ts'
import type { Policy } from '../policy/policy.ts'

/** The same number of workers, always. */
export const staticPolicy = (replicas: number): Policy<null> => ({
  initial: null,
  decide: (state, { at, replicas: from }) => ({
    state,
    decision: { at: new Date(at).toISOString(), from, to: replicas, reason: 'static' },
  }),
})

/** A plan that was made before: replicas from a time on, ms; the last entry that has begun holds. Begins with the first. */
export const plannedPolicy = (
  plan: readonly { readonly fromMs: number; readonly replicas: number }[],
): Policy<number> => ({
  initial: 0,
  decide: (index, { at, replicas: from }) => {
    let now = index
    while ((plan[now + 1]?.fromMs ?? Number.POSITIVE_INFINITY) <= at) now++
    const to = plan[now]?.replicas ?? from
    return { state: now, decision: { at: new Date(at).toISOString(), from, to, reason: 'planned' } }
  },
})

/** What the HPA adds to a policy of ours, as its ScaledObject sets it up. */
export interface HpaInFront {
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly behavior: Behavior
  /** Time between two looks of the HPA, and when it looks first, ms. */
  readonly syncMs: number
  readonly phaseMs: number
  /** The value (1 a replica) that makes the HPA go to `to`: `hpaMetric` of the policy. */
  readonly metric: (to: number, current: number, max: number) => number
}

export interface ThroughHpaState<State> {
  readonly policy: State
  readonly hpa: HpaState
  readonly nextSyncAt: number
}

/** Follows at once: the policy itself has said how fast. */
export const followingBehavior: Behavior = {
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 100, periodSeconds: 15 }] },
  scaleDown: {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
}

/**
 * A policy on a cluster: it decides as often as it is asked, the HPA takes its last value each `syncMs`. From zero KEDA wakes at once
 * (the pushed `true` of StreamIsActive), to the minimum or 1.
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
    if (from === 0) {
      const to = decision.to > 0 ? Math.max(1, hpa.minReplicas) : 0
      return { state: seen, decision: { ...decision, to } }
    }
    if (at < state.nextSyncAt) return { state: seen, decision: { ...decision, to: from } }
    if (decision.to === 0) {
      return { state: { ...seen, nextSyncAt: at + hpa.syncMs }, decision }
    }
    const step = decide(
      state.hpa,
      {
        metric: hpa.metric(decision.to, from, hpa.maxReplicas),
        currentReplicas: from,
        nowMs: at,
        subject: decision.reason,
      },
      {
        minReplicas: Math.max(1, hpa.minReplicas),
        maxReplicas: hpa.maxReplicas,
        averageValue: 1,
        behavior: hpa.behavior,
      },
    )
    return {
      state: { policy: inner, hpa: step.state, nextSyncAt: at + hpa.syncMs },
      decision: { ...decision, to: step.decision.to },
    }
  },
})
