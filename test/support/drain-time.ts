/** What the tests of the drain-time policy begin with: its settings, a workload, and what is seen of a fleet. */
import { type DrainTimeSettings, drainTimePolicy } from '../../scaler/policy/drain-time.ts'
import type { Decision, Observation, PartitionLag, Workload } from '../../scaler/policy/policy.ts'

export const settings: DrainTimeSettings = {
  minReplicas: 3,
  maxReplicas: 24,
  objectiveMs: 30_000,
  startupMs: 5_000,
  rebalanceMs: 1_000,
  downStabilizationMs: 60_000,
  lagThreshold: 200,
  tolerance: 0.1,
}
export const PARTITIONS = 24
/** 100 ms, 5 at once: 50 jobs/s a worker. */
export const work: Workload = { serviceMs: 100, concurrency: 5, partitions: [] }

/** So many jobs over the partitions; the first ones have one more where it doesn’t come out even. */
export const evenly = (jobs: number, partitions = PARTITIONS): number[] =>
  Array.from(
    { length: partitions },
    (_, at) => Math.floor(jobs / partitions) + Number(at < jobs % partitions),
  )

/** `ends` and `lags` by partition. */
export const partitionsOf = (ends: readonly number[], lags: readonly number[]): PartitionLag[] =>
  ends.map((endOffset, partition) => {
    const lag = lags[partition] ?? 0
    return { topic: 'jobs', partition, endOffset, committedOffset: endOffset - lag, lag }
  })

/** What the policy is told at a moment (ms): these lags by partition, nothing of them done, and so many replicas. */
export const seen = (
  at: number,
  lags: readonly number[],
  replicas: number,
  rest: Partial<Observation> = {},
): Observation => ({
  at,
  partitions: partitionsOf(lags, lags),
  arrivalRate: 0,
  drainRate: 0,
  replicas,
  workload: work,
  ...rest,
})

/** What it decides on the first that it sees. `own` settings differ from the usual ones. */
export const first = (observation: Observation, own: Partial<DrainTimeSettings> = {}): Decision => {
  const policy = drainTimePolicy({ ...settings, ...own })
  return policy.decide(policy.initial, observation).decision
}
