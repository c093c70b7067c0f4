/**
 * How fast an HPA may change replicas: `spec.behavior` of autoscaling/v2, its defaults, and the limits that follow from
 * them and from what was changed lately (Kubernetes 1.34, pkg/controller/podautoscaler/horizontal.go and
 * pkg/apis/autoscaling/v2/defaults.go). Names and units are Kubernetes' own, so that a manifest can carry the same value.
 */

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent'
  readonly value: number
  /** The time that the policy looks back on, s. */
  readonly periodSeconds: number
}

export interface ScalingRules {
  /** How long recommendations are remembered, s. */
  readonly stabilizationWindowSeconds?: number
  /** `Max` takes the policy that allows the largest change, `Min` the smallest; `Disabled` forbids the direction. */
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled'
  readonly policies?: readonly ScalingPolicy[]
}

export interface Behavior {
  readonly scaleUp?: ScalingRules
  readonly scaleDown?: ScalingRules
}

export interface FullBehavior {
  readonly scaleUp: Required<ScalingRules>
  readonly scaleDown: Required<ScalingRules>
}

/**
 * The rules that hold: those given, and where nothing is what the API server fills in once a `behavior` is there at
 * all. `downscaleStabilizationSeconds` is the controller's own setting, for a window down that is not given.
 */
export const fillBehavior = (behavior: Behavior, downscaleStabilizationSeconds = 300): FullBehavior => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    ...behavior.scaleUp,
  },
  scaleDown: {
    stabilizationWindowSeconds: downscaleStabilizationSeconds,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...behavior.scaleDown,
  },
})

/** A change of replicas that was made: `change` is its size, without sign. */
export interface ScaleEvent {
  readonly at: number
  readonly change: number
}

export interface ScaleHistory {
  readonly scaleUpEvents: readonly ScaleEvent[]
  readonly scaleDownEvents: readonly ScaleEvent[]
}

/**
 * Adds an entry, in place of the last one that is outdated where there is one: so lists stay bounded. This is how
 * Kubernetes forgets: an event may outlive its time, or go before the other direction's longer period has passed.
 */
export const remember = <Entry>(
  entries: readonly Entry[],
  entry: Entry,
  isOutdated: (entry: Entry) => boolean,
): readonly Entry[] => {
  const at = entries.findLastIndex(isOutdated)
  return at < 0 ? [...entries, entry] : entries.with(at, entry)
}

/** The history after a change from → to. */
export const recordChange = (
  history: ScaleHistory,
  behavior: FullBehavior,
  at: number,
  from: number,
  to: number,
): ScaleHistory => {
  const event = { at, change: Math.abs(to - from) }
  const outdated = (rules: Required<ScalingRules>) => {
    const longestS = Math.max(0, ...rules.policies.map(({ periodSeconds }) => periodSeconds))
    return (it: ScaleEvent): boolean => it.at < at - longestS * 1000
  }
  const { scaleUpEvents, scaleDownEvents } = history
  return to > from
    ? { scaleUpEvents: remember(scaleUpEvents, event, outdated(behavior.scaleUp)), scaleDownEvents }
    : { scaleUpEvents, scaleDownEvents: remember(scaleDownEvents, event, outdated(behavior.scaleDown)) }
}

const changedSince = (events: readonly ScaleEvent[], since: number): number =>
  events.reduce((sum, it) => (it.at > since ? sum + it.change : sum), 0)

/** Replicas there were when the policy's period began, as the changes since tell. */
const atPeriodStart = (
  policy: ScalingPolicy,
  current: number,
  history: ScaleHistory,
  nowMs: number,
): number => {
  const since = nowMs - policy.periodSeconds * 1000
  return current - changedSince(history.scaleUpEvents, since) + changedSince(history.scaleDownEvents, since)
}

/** The most replicas allowed now; never less than the current ones. */
export const scaleUpLimit = (
  rules: Required<ScalingRules>,
  current: number,
  history: ScaleHistory,
  nowMs: number,
): number => {
  if (rules.selectPolicy === 'Disabled') return current
  const limits = rules.policies.map((policy) => {
    const start = atPeriodStart(policy, current, history, nowMs)
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100))
  })
  return Math.max(current, rules.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits))
}

/** The fewest replicas allowed now; never more than the current ones. */
export const scaleDownLimit = (
  rules: Required<ScalingRules>,
  current: number,
  history: ScaleHistory,
  nowMs: number,
): number => {
  if (rules.selectPolicy === 'Disabled') return current
  const limits = rules.policies.map((policy) => {
    const start = atPeriodStart(policy, current, history, nowMs)
    return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100))
  })
  return Math.min(current, rules.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits))
}
