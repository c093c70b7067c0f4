/** How many workers it takes. */
import { type ArrivalPoint, deadlines, steadyRate } from './arrivals.ts'
import type { Demand } from './demand.ts'
import { type ChangeCost, type Fleet, workersFor } from './fleet.ts'

/** Workers are planned to be busy for this share of their time where jobs keep coming: at 1 what waits by chance would never be made up for. */
const UTILISATION = 0.8

/** What the fleet must be, not yet a whole number: for the backlog, and for what keeps coming. */
export interface Needs {
  readonly backlog: number
  readonly arrivals: number
}

export const needsOf = (
  curve: readonly ArrivalPoint[],
  at: number,
  { waiting, reachable, servable }: Demand,
  due: number,
  fleet: Fleet,
  cost: ChangeCost,
  objectiveMs: number,
): Needs => {
  const done = (curve.at(-1)?.total ?? 0) - waiting
  const share = waiting > 0 ? reachable / waiting : 1
  const inLogs = deadlines(curve, done, at, objectiveMs).map((it) => ({ ...it, jobs: it.jobs * share }))
  const all = [...inLogs, { jobs: reachable + due, inMs: objectiveMs }]
  const each = all.map((it) => workersFor(fleet, it, cost, objectiveMs / 3))
  const rate = (steadyRate(curve) ?? 0) * servable
  return { backlog: Math.max(...each), arrivals: rate / (fleet.rate * UTILISATION) }
}

/** While no job has ended KEDA's measure is as good as any. */
export const needsUnmeasured = ({ reachable }: Demand, due: number, lagThreshold: number): Needs => ({
  backlog: (reachable + due) / lagThreshold,
  arrivals: 0,
})
