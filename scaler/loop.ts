/** The scaling loop: observe → decide → apply, at the pace of the HPA. */
import type { Decision } from '../core/events/event.ts'
import type { LagMonitor } from '../core/kafka/lag-monitor.ts'
import type { ParkedMonitor } from '../core/store/parked-monitor.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Policy } from './policy/policy.ts'

/** A reading older than this is no ground for a decision: as the HPA, do nothing without a metric. */
const MAX_READING_AGE_MS = 10_000
/** A policy's period of 15 s must be over when the next decision looks back on it: a timer may come a little early. */
const MARGIN_MS = 5

export interface LoopParts<State> {
  readonly policy: Policy<State>
  readonly monitor: LagMonitor
  /** Undefined: there is no database to count parked jobs in. */
  readonly parked: ParkedMonitor | undefined
  /** What is asked for now. */
  readonly replicas: () => number
  /** Makes it so; not awaited, since workers take their time to drain. */
  readonly apply: (replicas: number) => void
  readonly onDecision: (decision: Decision) => void
  readonly intervalMs: number
  readonly log: Logger
}

/** Starts the loop; returns how to stop it. */
export const startLoop = <State>(parts: LoopParts<State>): (() => void) => {
  const { policy, monitor, parked, replicas, apply, onDecision, intervalMs, log } = parts
  let state = policy.initial
  let timer: NodeJS.Timeout | undefined
  const tick = (): void => {
    const reading = monitor.latest
    const at = Date.now()
    if (reading && at - reading.at < MAX_READING_AGE_MS) {
      const observation = {
        at,
        partitions: reading.partitions,
        ...(parked ? { dueJobs: parked.fresh?.due ?? ('unknown' as const) } : {}),
        ...monitor.rates,
        replicas: replicas(),
      }
      const step = policy.decide(state, observation)
      state = step.state
      const { from, to, reason } = step.decision
      if (from !== to) log.info({ from, to, reason }, 'scaling')
      onDecision(step.decision)
      if (from !== to) apply(to)
    } else log.warn({ lastReadingAt: reading?.at }, 'no fresh reading of lag, so no decision')
    timer = setTimeout(tick, intervalMs + MARGIN_MS)
  }
  timer = setTimeout(tick, intervalMs + MARGIN_MS)
  return () => clearTimeout(timer)
}
