/**
 * The loop of the external scaler: each second, and four times a second while there is no worker, it looks and decides. What it
 * decides is kept for KEDA to ask for, and told to masters, operators and metrics. A shadow tells only, and says of the real
 * scaler's changes why they were made.
 */
import type { Config } from '../../core/config.ts'
import type { Decision } from '../../core/events/event.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { EventRecorder } from '../kubernetes/events.ts'
import { paceOf, startLoop } from '../loop.ts'
import { kindOf } from '../news.ts'
import { MAX_AGE_MS, type Sources } from '../observe/sources.ts'
import { kafkaPolicySettings } from '../policy/kafka-policy.ts'
import type { Observation, Policy } from '../policy/policy.ts'
import { hpaMetric } from '../policy/quantise.ts'
import { explainChange, initialKafkaWatch, look } from '../policy/what-kafka-did.ts'
import { createTeller } from '../tell.ts'
import type { Unknown, Value } from './answers.ts'
import type { Metrics } from './metrics.ts'
import type { ActivityStreams } from './streams.ts'

/** Workers that are asked for, that there are, and that are Ready. */
export interface Fleet {
  readonly replicas: number
  readonly existing: number
  readonly ready: number
}

export interface RunParts<State> {
  readonly sources: Pick<Sources, 'events' | 'partitions' | 'observe' | 'blindness'>
  readonly policy: Policy<State>
  readonly scaling: Config['scaling']
  /** Undefined: not known yet. */
  readonly fleet: () => Fleet | undefined
  readonly streams: ActivityStreams
  readonly metrics: Pick<Metrics, 'onDecision' | 'onTold'>
  /** Undefined: there is no Kubernetes to write Events to. */
  readonly recorder: Pick<EventRecorder, 'say'> | undefined
  readonly log: Logger
}

export interface Run {
  /** The last decision as KEDA is told of it, or why there is none. */
  value(): Value | Unknown
  /** Replicas have really changed. */
  onChange(from: number, to: number): void
  stop(): void
}

export const run = <State>(parts: RunParts<State>): Run => {
  const { sources, policy, scaling, fleet, streams, metrics, recorder, log } = parts
  const { shadow } = scaling
  const kafka = kafkaPolicySettings(scaling, sources.partitions)
  const { minReplicas: min, maxReplicas: max } = kafka
  const watchSettings = { policy: kafka, intervalMs: scaling.intervalMs }
  let kafkaWatch = initialKafkaWatch(kafka)
  let last: { readonly decision: Decision; readonly at: number } | undefined
  let blind = false

  const teller = createTeller({
    events: sources.events,
    min,
    max,
    desired: () => (shadow ? fleet()?.replicas : last?.decision.to),
  })

  const observe = (): Observation | undefined => {
    const now = fleet()
    if (!now || sources.blindness() !== undefined) return undefined
    return sources.observe({ replicas: now.replicas, ready: now.ready })
  }

  const tell = (decision: Decision): void => {
    const { from, to, reason } = decision
    metrics.onTold(decision)
    if (to !== from) log.info({ from, to, reason, policy: decision.policy, shadow }, 'scaling')
    recorder?.say(happeningOf(decision))
  }

  const onDecision = (plain: Decision, observation: Observation): void => {
    const decision: Decision = shadow ? { ...plain, shadow } : plain
    last = { decision, at: Date.now() }
    if (blind) recorder?.say(sighted)
    blind = false
    metrics.onDecision(decision, observation)
    if (shadow) kafkaWatch = look(kafkaWatch, observation, watchSettings)
    else streams.tell(decision.to > 0, observation.replicas === 0)
    if (teller.tell(decision)) tell(decision)
  }

  const onBlind = (): void => {
    const why = sources.blindness()
    if (why === undefined || blind) return
    blind = true
    streams.forget()
    log.warn({ why }, 'no decision, since not all can be seen')
    recorder?.say({
      type: 'Warning',
      reason: 'ScalingBlind',
      message: `No decision: ${why}. KEDA’s fallback holds.`,
      series: 'blind',
    })
  }

  const stopLoop = startLoop({
    policy,
    observe,
    onDecision,
    onBlind,
    intervalMs: () => paceOf(fleet()?.replicas),
  })

  return {
    value() {
      const blindness = sources.blindness()
      if (blindness !== undefined) return { unknown: blindness }
      if (!last) return { unknown: 'no decision has been made yet' }
      const ageMs = Date.now() - last.at
      if (ageMs >= MAX_AGE_MS) return { unknown: `no decision for ${Math.round(ageMs / 1_000)} s` }
      const { from, to } = last.decision
      return { metric: hpaMetric(to, fleet()?.existing ?? from, max), active: to > 0 }
    },
    onChange(from, to) {
      if (!shadow) return
      const observation = sources.observe({ replicas: from })
      if (!observation) return
      const explained = explainChange(kafkaWatch, observation, from, to, watchSettings)
      kafkaWatch = explained.watch
      teller.say(explained.decision)
      metrics.onTold(explained.decision)
      log.info({ ...explained.decision }, 'the real scaler has changed the replicas')
    },
    stop() {
      stopLoop()
      teller.stop()
    },
  }
}

const sighted = {
  type: 'Normal' as const,
  reason: 'ScalingSighted',
  message: 'All can be seen again.',
  series: 'sighted',
}

/** A decision as a Kubernetes Event. */
export const happeningOf = ({ from, to, reason, policy, shadow }: Decision) => {
  const direction = to > from ? 'ScalingUp' : to < from ? 'ScalingDown' : 'ScalingHeld'
  const change = to === from ? `${from}` : `${from} → ${to}`
  return {
    type: 'Normal' as const,
    reason: shadow ? `Shadow${direction}` : direction,
    message: `${policy ?? 'a policy'}${shadow ? ' (shadow, not applied)' : ''}, ${change}: ${reason}`,
    series: `${direction} ${to === from ? kindOf(reason) : change}`,
  }
}
