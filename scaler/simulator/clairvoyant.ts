/**
 * What a fleet would have done that knew all arrivals: the plan with the fewest replica-seconds that was found, of those under which no
 * job waits longer than the objective, or, where no plan can do that, than under the fastest plan. It may change replicas when the policies may,
 * its workers take as long to start, and its rebalances cost what theirs do: it is simulated as they are. No plan can be
 * cheaper than the bound (`bound.ts`), so the best one lies between the two.
 */
import type { Arrivals } from './arrivals.ts'
import { leastLongestWait, lowerBound, type WaitLimits } from './bound.ts'
import { type PlanStep, plannedPolicy } from './fixed.ts'
import type { SimulationSettings } from './settings.ts'
import { type Run, simulate } from './simulate.ts'
import type { Trace } from './trace.ts'

export interface Clairvoyant {
  /** How long jobs may wait under the plan, ms. */
  readonly limits: WaitLimits
  /** No plan that keeps to the objective (or as near as any can) costs less, s. */
  readonly boundSeconds: number
  readonly run: Run
}

/** Shares of the workers' capacity that a plan does without: for parts of workers, uneven shares of partitions, and pauses. */
const MARGINS = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5]
/** A wait is as long as the limit if it is longer by no more than this. */
const SLACK = 1.001

const isWithin = (run: Run, limits: WaitLimits): boolean =>
  run.longestMs.shared <= limits.shared * SLACK && run.longestMs.serial <= limits.serial * SLACK

const larger = (a: WaitLimits, b: WaitLimits): WaitLimits => ({
  shared: Math.max(a.shared, b.shared),
  serial: Math.max(a.serial, b.serial),
})

/**
 * The fewest workers, no fewer than `replicas`, of which a further one would lighten the largest share: with 24 partitions 13 to 23 workers all have
 * one with two of them.
 */
const evenReplicas = (replicas: number, partitions: number): number =>
  replicas >= partitions ? replicas : Math.ceil(partitions / Math.max(1, Math.floor(partitions / replicas)))

/** Whole workers. What rounding has left of a number is not worth one. */
const whole = (
  plan: readonly PlanStep[],
  round: (replicas: number) => number,
  { minReplicas, maxReplicas }: SimulationSettings['fleet'],
): PlanStep[] =>
  plan.map(({ fromMs, replicas }) => ({
    fromMs,
    replicas: Math.min(maxReplicas, Math.max(minReplicas, round(Math.ceil(replicas - 0.01)))),
  }))

/** @param others runs of policies with the same settings: theirs are plans, too */
export const clairvoyant = (
  trace: Trace,
  arrivals: Arrivals,
  settings: SimulationSettings,
  objectiveMs: number,
  others: readonly Run[],
): Clairvoyant => {
  const { fleet, timing, changes } = settings
  const objective = { shared: objectiveMs, serial: objectiveMs }
  const attempt = (plan: readonly PlanStep[]): Run => simulate(plannedPolicy(plan), trace, settings)
  const before: PlanStep = { fromMs: 0, replicas: fleet.replicas }
  const fastest = attempt([before, { fromMs: changes.phaseMs, replicas: fleet.maxReplicas }])
  const limits = larger(objective, leastLongestWait(arrivals, settings))
  const attainable = larger(limits, fastest.longestMs)

  const rounds = [
    (replicas: number): number => replicas,
    (replicas: number): number => evenReplicas(replicas, fleet.partitions),
  ]
  const planned = (margin: number, round: (replicas: number) => number): Run => {
    const slower = { ...fleet, serviceMs: fleet.serviceMs / (1 - margin) }
    // A worker's first job comes after the rebalance that lets it in.
    const later = { ...timing, startupMs: timing.startupMs + timing.handoverMs }
    const { plan } = lowerBound(arrivals, { ...settings, fleet: slower, timing: later }, attainable)
    return attempt(whole(plan, round, fleet))
  }
  const found = rounds.flatMap((round): Run[] => {
    // The least margin that keeps the limit, by halves.
    const runs: Run[] = []
    let [from, to] = [0, MARGINS.length]
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      const run = planned(MARGINS[middle] ?? 0, round)
      if (isWithin(run, attainable)) {
        runs.push(run)
        to = middle
      } else from = middle + 1
    }
    return runs
  })
  const plans = [...found, ...others.filter((run) => isWithin(run, attainable)), fastest]
  const run = plans.reduce((best, it) => (it.replicaSeconds < best.replicaSeconds ? it : best))
  return { limits: attainable, boundSeconds: lowerBound(arrivals, settings, limits).replicaSeconds, run }
}
