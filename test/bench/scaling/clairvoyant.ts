/**
 * What the best plan would have made of the burst, with the start-up times and the handover that were measured. Two of them:
 * the fastest one that asks for workers in the moment of the burst (earlier ones are a static fleet), and the cheapest that keeps
 * the objective. Both are simulated, so that they pay for starts and rebalances as the policies do.
 */
import { Arrivals } from '../../../scaler/simulator/arrivals.ts'
import { clairvoyant } from '../../../scaler/simulator/clairvoyant.ts'
import { plannedPolicy } from '../../../scaler/simulator/fixed.ts'
import { measuredTiming, type SimulationSettings } from '../../../scaler/simulator/settings.ts'
import { simulate } from '../../../scaler/simulator/simulate.ts'
import { lengthened, type Trace, traceOf } from '../../../scaler/simulator/trace.ts'
import type { Starts } from './burst.ts'
import { MAX, MIN } from './fleets.ts'

/** The tick of both policies' loops that the plans share, and when the burst comes: with a tick, the best there is for a plan. */
const TICK_MS = 1_000
const BURST_S = 1
const SECONDS = 180
const STEP_MS = 100

export interface Plan {
  readonly drainS: number
  /** Workers it has at most. */
  readonly workers: number
  /** Beyond the fleet's minimum. */
  readonly extraWorkerSeconds: number
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, it) => sum + it, 0) / Math.max(1, values.length)

/**
 * What was measured, as settings of a simulation in which so many workers start at once. Those that start share the processors, so that
 * few are sooner Ready than many: between the two numbers that were seen starting, and beyond them, on a straight line.
 */
export const settingsFrom = (
  { first, further }: Starts,
  serviceMs: number,
  starting: number,
): SimulationSettings => {
  const few = mean(first.map(({ startupMs }) => startupMs))
  const startups = further.map(({ startupMs }) => startupMs)
  const many = mean(startups)
  const along = (starting - first.length) / Math.max(1, further.length - first.length)
  const handovers = further.flatMap((it) => it.handoverMs ?? [])
  const handoverMs = handovers.length > 0 ? mean(handovers) * (starting / further.length) : 0
  return {
    fleet: {
      partitions: MAX,
      minReplicas: MIN,
      maxReplicas: MAX,
      replicas: MIN,
      concurrency: 5,
      serviceMs,
    },
    timing: {
      ...measuredTiming,
      startupMs: Math.max(0, few + (many - few) * along),
      startupSpread: Math.min(1, (Math.max(...startups) - Math.min(...startups)) / (2 * many)),
      // It contains the jobs that the former owner lets end, which the simulation adds.
      handoverMs: Math.max(0, handoverMs - serviceMs),
    },
    hotKeys: [],
    placing: 'keyless',
    runJobs: 100,
    stepMs: STEP_MS,
    changes: { everyMs: TICK_MS, phaseMs: TICK_MS },
    seed: 1,
  }
}

/** @param arrivals jobs by second */
const traceFor = (arrivals: readonly number[]): Trace =>
  lengthened(traceOf('burst', Float64Array.from([...Array(BURST_S).fill(0), ...arrivals])), SECONDS)

/** Of all fleets that are asked for with the burst, and sent away when it is done, the one that is done first. */
export const fastestPlan = (
  arrivals: readonly number[],
  settingsFor: (starting: number) => SimulationSettings,
): Plan => {
  const trace = traceFor(arrivals)
  const plans = Array.from({ length: MAX - MIN }, (_, fewer): Plan => {
    const workers = MAX - fewer
    const plan = [
      { fromMs: 0, replicas: MIN },
      { fromMs: BURST_S * 1_000, replicas: workers },
    ]
    const run = simulate(plannedPolicy(plan), trace, settingsFor(workers - MIN))
    const drainS = (run.drainedAtS ?? SECONDS) - BURST_S
    return { drainS, workers, extraWorkerSeconds: (workers - MIN) * drainS }
  })
  return plans.reduce((best, it) => (it.drainS < best.drainS ? it : best))
}

/** The cheapest plan that was found under which each job is started within the objective, or as soon after it as can be. */
export const cheapestPlan = (
  arrivals: readonly number[],
  settings: SimulationSettings,
  objectiveMs: number,
): Plan => {
  const trace = traceFor(arrivals)
  const { run } = clairvoyant(trace, new Arrivals(trace, settings.stepMs), settings, objectiveMs, [])
  return {
    drainS: (run.drainedAtS ?? SECONDS) - BURST_S,
    workers: Math.max(...run.moments.map(({ desired }) => desired)),
    extraWorkerSeconds: run.replicaSeconds - MIN * SECONDS,
  }
}
