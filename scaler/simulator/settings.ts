/** What a simulated installation is made of: the fleet, its jobs, and what changes of the fleet cost. */

import type { Placing } from './placing.ts'

export interface FleetSettings {
  /** Partitions of the jobs topic. */
  readonly partitions: number
  readonly minReplicas: number
  readonly maxReplicas: number
  /** Workers that are Ready when the trace begins. */
  readonly replicas: number
  /** Jobs that a worker runs at once. */
  readonly concurrency: number
  /** Time that a job takes a slot, ms. */
  readonly serviceMs: number
}

export interface TimingSettings {
  /** From the decision to the worker that is Ready, ms, where no other change of the group delays it. */
  readonly startupMs: number
  /** Start-up times are spread evenly over `startupMs` × (1 ± this); 0 makes them all the same. */
  readonly startupSpread: number
  /** How long the group gathers its members after a change, ms: until the last one has noticed by its heartbeat. */
  readonly joinMs: number
  /** How long a partition that moves stands still after that, ms; without the jobs that its former owner lets end. */
  readonly handoverMs: number
  /** `REBALANCE_DRAIN_MS` and `DRAIN_TIMEOUT_MS`: how long running jobs may take to end when their partition, or their worker, goes. */
  readonly rebalanceDrainMs: number
  readonly drainTimeoutMs: number
  /** From the end of a job to its committed offset, at most, ms. */
  readonly commitMs: number
  /** Time between two readings of lag, ms: a decision sees the last one. */
  readonly readMs: number
}

/**
 * Rebalances as `test/bench/rebalance.ts` measured them: partitions that move stand still for 1.3 s (median; 3 → 12 workers and back, jobs of
 * 100 ms), those that stay for none. Start-up as `WORKER_STARTUP_MS` has it: nine workers at once on two cores took 6 s.
 */
export const measuredTiming: TimingSettings = {
  startupMs: 6_000,
  startupSpread: 0,
  joinMs: 400,
  handoverMs: 1_000,
  rebalanceDrainMs: 2_000,
  drainTimeoutMs: 15_000,
  commitMs: 200,
  readMs: 1_000,
}

/** A key whose jobs run one at a time, in order. */
export interface HotKey {
  readonly partition: number
  /** Its share of all jobs, above 0 and at most 1. */
  readonly share: number
}

/**
 * Jobs of a hot key that a worker holds back while it goes on behind them: 2 MB of records (`HOLD_BACK_LIMIT` of the engine's
 * prefetch), small ones at about 1.1 kB each.
 */
export const HELD_BACK_JOBS = 1_900

export interface SimulationSettings {
  readonly fleet: FleetSettings
  readonly timing: TimingSettings
  readonly hotKeys: readonly HotKey[]
  /** How all other jobs are placed. */
  readonly placing: Placing
  /** Keyless jobs that go to one partition together. */
  readonly runJobs: number
  /** Length of a step, ms. */
  readonly stepMs: number
  /** When replicas can change at all, ms: an HPA's sync period, and its phase. */
  readonly changes: { readonly everyMs: number; readonly phaseMs: number }
  /** Repeats chance: start-up times. */
  readonly seed: number
}

/** Jobs/s that a worker finishes at most. */
export const workerRate = ({ concurrency, serviceMs }: FleetSettings): number =>
  (concurrency * 1_000) / serviceMs
