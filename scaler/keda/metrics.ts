/** What the external scaler sees, wants and answers, as metrics. */
import { Counter, type Registry } from 'prom-client'
import type { Decision } from '../../core/events/event.ts'
import { addGauge } from '../../core/telemetry/metrics.ts'
import type { Observation } from '../policy/policy.ts'

/** Jobs that wait or run: in the logs, less those done beyond what is committed, and the parked ones that are due. */
export const backlogOf = ({ partitions, dueJobs, workload }: Observation): number => {
  const lag = partitions.reduce((sum, it) => sum + it.lag, 0)
  const finished = (workload?.partitions ?? []).reduce((sum, it) => sum + it.finished, 0)
  return Math.max(0, lag - finished) + (typeof dueJobs === 'number' ? dueJobs : 0)
}

/**
 * Time until the backlog is done by the workers that are Ready, while as many jobs come in as now, s: Infinity where it grows, NaN
 * where nobody knows how long a job takes. A plain quotient: what a policy makes of it is in its reason.
 */
export const secondsToDrain = (observation: Observation): number => {
  const { arrivalRate, replicas, ready = replicas, workload } = observation
  const backlog = backlogOf(observation)
  if (backlog === 0) return 0
  if (workload?.serviceMs === undefined || workload.serviceMs === 0) return Number.NaN
  const perSecond = (ready * workload.concurrency * 1_000) / workload.serviceMs - arrivalRate
  return perSecond > 0 ? backlog / perSecond : Number.POSITIVE_INFINITY
}

export interface MetricsParts {
  readonly objectiveMs: number
  readonly shadow: boolean
  /** How old what is seen is, ms. */
  readonly ageMs: () => number
  readonly streams: () => number
}

export const createMetrics = (registry: Registry, { objectiveMs, shadow, ageMs, streams }: MetricsParts) => {
  let seen: Observation | undefined
  let last: Decision | undefined
  const registers = [registry]
  const name = (of: string): string => `anomgrd_scaler_${of}`
  const gauge = (of: string, help: string, read: () => number): void =>
    addGauge(registry, name(of), help, read)

  gauge('desired_replicas', 'workers that the policy wants', () => last?.to ?? Number.NaN)
  gauge('replicas', 'workers that are asked for (spec.replicas)', () => seen?.replicas ?? Number.NaN)
  gauge('ready_replicas', 'workers that are Ready', () => seen?.ready ?? seen?.replicas ?? Number.NaN)
  gauge('backlog_jobs', 'jobs that wait or run', () => (seen ? backlogOf(seen) : Number.NaN))
  gauge('arrival_rate', 'jobs/s that come in', () => seen?.arrivalRate ?? Number.NaN)
  gauge('drain_seconds', 'time until the backlog is done by the workers that are Ready', () =>
    seen ? secondsToDrain(seen) : Number.NaN,
  )
  gauge('objective_seconds', 'time in which a job is to be done', () => objectiveMs / 1_000)
  gauge('service_seconds', 'time that a job takes a slot of a worker', () =>
    seen?.workload?.serviceMs === undefined ? Number.NaN : seen.workload.serviceMs / 1_000,
  )
  gauge('observation_age_seconds', 'how old what is seen is', () => ageMs() / 1_000)
  gauge('activity_streams', 'streams of KEDA that are told of work at once', streams)
  gauge('shadow', '1: it explains only', () => Number(shadow))

  const decisions = new Counter({
    name: name('decisions_total'),
    help: 'decisions that were told',
    labelNames: ['policy', 'direction', 'shadow'],
    registers,
  })
  const calls = new Counter({
    name: name('grpc_calls_total'),
    help: 'calls of KEDA, by their answer',
    labelNames: ['method', 'code'],
    registers,
  })
  return {
    onDecision: (decision: Decision, observation: Observation): void => {
      seen = observation
      last = decision
    },
    onTold: ({ from, to, policy, shadow: explains = false }: Decision): void => {
      const direction = to > from ? 'up' : to < from ? 'down' : 'none'
      decisions.inc({ policy: policy ?? '', direction, shadow: String(explains) })
    },
    onCall: (method: string, code: string): void => calls.inc({ method, code }),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
