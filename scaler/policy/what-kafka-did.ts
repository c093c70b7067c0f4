/**
 * Why KEDA's kafka trigger and the HPA have changed the replicas, as one who watches can tell: the `kafka` policy is run on what is
 * seen, at the HPA's pace, without applying anything; when replicas have really changed it is asked what it would have done.
 */
import type { Decision } from '../../core/events/event.ts'
import { fillBehavior, recordChange, type ScaleHistory } from './behavior.ts'
import { type KafkaPolicySettings, type KafkaPolicyState, kafkaPolicy } from './kafka-policy.ts'
import type { Observation } from './policy.ts'
import { move } from './reason.ts'

export interface KafkaWatch {
  readonly policy: KafkaPolicyState
  /** When the HPA is taken to have looked last, milliseconds since the epoch. */
  readonly lookedAt: number
}

export interface KafkaWatchSettings {
  readonly policy: KafkaPolicySettings
  /** The HPA's sync period, ms. */
  readonly intervalMs: number
}

export const initialKafkaWatch = (settings: KafkaPolicySettings): KafkaWatch => ({
  policy: kafkaPolicy(settings).initial,
  lookedAt: Number.NEGATIVE_INFINITY,
})

/** What the policy remembers after a look, but for changes: those that were made are known from elsewhere. */
const withHistory = (state: KafkaPolicyState, history: ScaleHistory): KafkaPolicyState => ({
  ...state,
  hpa: { ...state.hpa, scaleUpEvents: history.scaleUpEvents, scaleDownEvents: history.scaleDownEvents },
})

/** Takes note of what is seen, once a period. */
export const look = (
  watch: KafkaWatch,
  observation: Observation,
  { policy, intervalMs }: KafkaWatchSettings,
): KafkaWatch => {
  if (observation.at - watch.lookedAt < intervalMs) return watch
  const { state } = kafkaPolicy(policy).decide(watch.policy, observation)
  return { policy: withHistory(state, watch.policy.hpa), lookedAt: observation.at }
}

/** Explains a change of replicas that was seen. `observation` is of that time, whatever it says of replicas. */
export const explainChange = (
  watch: KafkaWatch,
  observation: Observation,
  from: number,
  to: number,
  { policy }: KafkaWatchSettings,
): { readonly watch: KafkaWatch; readonly decision: Decision } => {
  const { at } = observation
  const step = kafkaPolicy(policy).decide(watch.policy, { ...observation, replicas: from })
  const { hpa } = watch.policy
  const window = policy.behavior ? fillBehavior(policy.behavior) : undefined
  const history = window && from > 0 && to > 0 ? recordChange(hpa, window, at, from, to) : hpa
  const would = step.decision
  const reason =
    would.to === to
      ? would.reason
      : `${move(from, to)}, by something else than KEDA’s kafka trigger as it is seen from here, which would go to ${would.to}: ${would.reason}`
  return {
    watch: { policy: withHistory(step.state, history), lookedAt: at },
    decision: { at: new Date(at).toISOString(), from, to, reason, policy: 'kafka' },
  }
}
