/** A policy against what is the best and what is the simplest: the clairvoyant plan, and static fleets of the least and the most workers. */
import type { Decision, Policy } from '../policy/policy.ts'
import { Arrivals } from './arrivals.ts'
import { clairvoyant } from './clairvoyant.ts'
import { staticPolicy } from './fixed.ts'
import { type Summary, summarise } from './report.ts'
import type { SimulationSettings } from './settings.ts'
import { type Moment, simulate } from './simulate.ts'
import type { Trace } from './trace.ts'

export interface Comparison {
  readonly trace: { readonly name: string; readonly jobs: number; readonly seconds: number }
  readonly objectiveMs: number
  readonly policy: Summary
  readonly clairvoyant: Summary
  /** How long the clairvoyant plan lets ordinary jobs wait, ms. */
  readonly limitMs: number
  /** What no plan that keeps to it can go below, replica-seconds. */
  readonly boundSeconds: number
  readonly statics: readonly Summary[]
  /** Of the policy. */
  readonly moments: readonly Moment[]
  readonly decisions: readonly Decision[]
}

export const compare = <State>(
  name: string,
  policy: Policy<State>,
  trace: Trace,
  settings: SimulationSettings,
  objectiveMs: number,
): Comparison => {
  const arrivals = new Arrivals(trace, settings.stepMs)
  const run = simulate(policy, trace, settings)
  const best = clairvoyant(trace, arrivals, settings, objectiveMs, [run])
  const { minReplicas, maxReplicas } = settings.fleet
  const statics = [...new Set([minReplicas, maxReplicas])].map((replicas) => {
    const fixed = { ...settings, fleet: { ...settings.fleet, replicas } }
    return summarise(
      `static ${replicas}`,
      simulate(staticPolicy(replicas), trace, fixed),
      arrivals,
      fixed,
      objectiveMs,
    )
  })
  return {
    trace: { name: trace.name, jobs: arrivals.total, seconds: trace.jobsBySecond.length },
    objectiveMs,
    policy: summarise(name, run, arrivals, settings, objectiveMs),
    clairvoyant: summarise('clairvoyant', best.run, arrivals, settings, objectiveMs),
    limitMs: best.limits.shared,
    boundSeconds: best.boundSeconds,
    statics,
    moments: run.moments,
    decisions: run.decisions,
  }
}
