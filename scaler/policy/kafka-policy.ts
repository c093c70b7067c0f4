/**
 * The `kafka` policy: what a ScaledObject with KEDA's kafka trigger does on a cluster, in one pure function. The trigger names the
 * group and no topic, so that it sees all of the group's topics; a second one, `postgresql`, with
 * `select count(*) from parked where due <= now() and due < 'infinity' and topic in (…the jobs topics)` and `targetQueryValue` = `lagThreshold`, brings in the parked jobs that are due.
 * KEDA goes between zero and some (pkg/scaling/executor/scale_scaledobjects.go, 2.21), the HPA does the rest.
 */
import type { Config } from '../../core/config.ts'
import type { Behavior } from './behavior.ts'
import { decide, type HpaState, initialHpaState } from './hpa.ts'
import { type KafkaTriggerSettings, type KafkaTriggerValue, kafkaTrigger } from './kafka-trigger.ts'
import type { Observation, Policy, Step } from './policy.ts'
import { count, move, plural } from './reason.ts'

export interface KafkaPolicySettings {
  readonly trigger: KafkaTriggerSettings
  /** `minReplicaCount`; 0 lets the fleet go to zero while nothing is to do. */
  readonly minReplicas: number
  /** `maxReplicaCount`. */
  readonly maxReplicas: number
  /** `advanced.horizontalPodAutoscalerConfig.behavior`; see HpaSettings for what none means. */
  readonly behavior?: Behavior
  /** How long the trigger must be inactive before the fleet goes to zero, s. Default 300. */
  readonly cooldownSeconds?: number
}

export interface KafkaPolicyState {
  readonly hpa: HpaState
  /** When the trigger was last seen active, milliseconds since the epoch. */
  readonly lastActiveAt: number | null
}

/**
 * The settings of a process. `partitions` are those of one jobs topic, which has as many as the others: every worker reads all of
 * the topics, and one more than that would have nothing of any. (KEDA's own cap is the partitions of all topics together, so
 * that `maxReplicaCount` is the one that holds.)
 */
export const kafkaPolicySettings = (scaling: Config['scaling'], partitions: number): KafkaPolicySettings => ({
  trigger: { lagThreshold: scaling.lagThreshold, offsetResetPolicy: 'earliest' },
  minReplicas: Math.min(scaling.minReplicas, partitions),
  maxReplicas: Math.min(scaling.maxReplicas, partitions),
  behavior: { scaleDown: { stabilizationWindowSeconds: scaling.downStabilizationMs / 1000 } },
})

const subjectOf = (value: KafkaTriggerValue, partitions: number, settings: KafkaTriggerSettings): string => {
  const { lag, metric, limitedTo, uncommitted } = value
  const limits = {
    partitions: `capped at the ${plural(partitions, 'partition')}`,
    partitionsWithLag: `capped at the ${plural(limitedTo ?? 0, 'partition')} with lag`,
    evenDistribution: `so that ${plural(limitedTo ?? 0, 'worker')} share ${plural(partitions, 'partition')} evenly`,
    none: '',
  }
  const notes = [
    ...(uncommitted > 0 ? [`${plural(uncommitted, 'partition')} without a commit`] : []),
    ...(limitedTo === undefined
      ? []
      : [`counted as ${count(metric)}: ${limits[settings.limit ?? 'partitions']}`]),
  ]
  return `lag ${count(lag)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

/** What the HPA is told, of both triggers. */
interface Seen {
  readonly metric: number
  readonly subject: string
  readonly active: boolean
  readonly unknown: string | undefined
}

const see = ({ partitions, dueJobs }: Observation, settings: KafkaTriggerSettings): Seen => {
  const value = kafkaTrigger(partitions, settings)
  const lag = subjectOf(value, partitions.length, settings)
  const { metric, active } = value
  if (dueJobs === 'unknown') {
    return { metric, subject: lag, active, unknown: 'due parked jobs can’t be counted' }
  }
  if (dueJobs === undefined || dueJobs === 0) return { metric, subject: lag, active, unknown: undefined }
  return {
    metric: Math.max(metric, dueJobs),
    subject: `the larger of ${lag} and ${plural(dueJobs, 'due parked job')}`,
    active: true,
    unknown: undefined,
  }
}

/** KEDA's own part: where to go without the HPA, and why; undefined leaves it to the HPA. */
const activation = (
  { active, subject, unknown }: Seen,
  lastActiveAt: number | null,
  { at, replicas }: Observation,
  { minReplicas, cooldownSeconds = 300 }: KafkaPolicySettings,
): { to: number; why: string } | undefined => {
  if (active)
    return replicas === 0 ? { to: Math.max(1, minReplicas), why: `${subject} wakes the fleet` } : undefined
  // Where a trigger fails and no other is active KEDA does nothing.
  if (unknown !== undefined) return undefined
  if (replicas < minReplicas)
    return { to: minReplicas, why: `${replicas} is under the minimum of ${minReplicas}` }
  const cooled = lastActiveAt === null || lastActiveAt + cooldownSeconds * 1000 < at
  return minReplicas === 0 && replicas > 0 && cooled
    ? { to: 0, why: `${subject} has been too little for ${count(cooldownSeconds)} s` }
    : undefined
}

const next = (
  state: KafkaPolicyState,
  observation: Observation,
  settings: KafkaPolicySettings,
): Step<KafkaPolicyState> => {
  const { at, replicas: from } = observation
  const seen = see(observation, settings.trigger)
  const { metric, subject, unknown } = seen
  const lastActiveAt = seen.active && unknown === undefined ? at : state.lastActiveAt

  const switched = activation(seen, state.lastActiveAt, observation, settings)
  if (switched) {
    const { to, why } = switched
    const reason = `${why}; ${move(from, to)}`
    return {
      state: { hpa: state.hpa, lastActiveAt },
      decision: { at: new Date(at).toISOString(), from, to, reason },
    }
  }
  const { state: hpa, decision } = decide(
    state.hpa,
    { metric, currentReplicas: from, nowMs: at, subject, unknown },
    {
      minReplicas: Math.max(1, settings.minReplicas),
      maxReplicas: settings.maxReplicas,
      averageValue: settings.trigger.lagThreshold,
      behavior: settings.behavior,
    },
  )
  return { state: { hpa, lastActiveAt }, decision }
}

/** The policy with its settings. */
export const kafkaPolicy = (settings: KafkaPolicySettings): Policy<KafkaPolicyState> => ({
  initial: { hpa: initialHpaState, lastActiveAt: null },
  decide: (state, observation) => next(state, observation, settings),
})
