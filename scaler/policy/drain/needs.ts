/** How many workers it takes. */
import { type ArrivalPoint, deadlines, type SteadyRates } from './arrivals.ts'
import type { Demand } from './demand.ts'
import { type ChangeCost, type Fleet, workersFor } from './fleet.ts'

/** Workers are planned to be busy for this share of their time where jobs keep coming: at 1 what waits by chance would never be made up for. */
const UTILISATION = 0.8

/** What the fleet must be, not yet a whole number: for the backlog, and for what keeps coming. */
export interface Needs {
  readonly backlog: number
  readonly arrivals: number
  /** What arrivals of the last seconds alone ask for. */
  readonly now: number
}

export const needsOf = (
  curve: readonly ArrivalPoint[],
  { now, lately }: SteadyRates,
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
  const perRate = servable / fleet.rate
  const busy = lately * perRate
  const left: Fleet = {
    ...fleet,
    ready: Math.max(0, fleet.ready - busy),
    replicas: Math.max(0, fleet.replicas - busy),
  }
  const each = all.map((it) => workersFor(left, it, cost, objectiveMs / 3))
  return {
    backlog: busy + Math.max(...each),
    arrivals: busy / UTILISATION,
    now: (now * perRate) / UTILISATION,
  }
}

/** While no job has ended KEDA's measure is as good as any. */
export const needsUnmeasured = ({ reachable }: Demand, due: number, lagThreshold: number): Needs => ({
  backlog: (reachable + due) / lagThreshold,
  arrivals: 0,
  now: 0,
})

/** So much too few workers is not worth the next even number of them. */
const SLACK = 0.05

/**
 * The fewest workers that are as good as so many (any number), when `partitions` are dealt out to them: the one with most of them is the last to be
 * done. 13 workers of 24 partitions are no better than 12, since some have two all the same; what takes more than 12 takes 24. With
 * a maximum below that: as many as are as good as it.
 */
export const shareEvenly = (workers: number, partitions: number, max: number): number => {
  if (partitions === 0 || workers <= 0) return Math.min(max, Math.max(0, workers))
  const each = Math.max(1, Math.floor(partitions / (workers * (1 - SLACK))))
  const even = Math.ceil(partitions / each)
  return even <= max ? even : Math.ceil(partitions / Math.ceil(partitions / max))
}

/** How many workers do what so many do of `partitions` that are dealt out to them, all equally full. */
export const worthOf = (workers: number, partitions: number): number =>
  workers <= 0 ? 0 : partitions / Math.ceil(partitions / workers)

/** Numbers of workers from `least` to `most` that share the partitions evenly, and `most`, ascending, each with what it is worth. */
export const evenSizes = (
  least: number,
  most: number,
  partitions: number,
): { workers: number; worth: number }[] => {
  const sizes: number[] = []
  for (let size = least; size < most; ) {
    // Never less than for fewer workers, so sizes ascend.
    const even = shareEvenly(size, partitions, most)
    if (even >= least && even < most && even !== sizes.at(-1)) sizes.push(even)
    size = Math.max(size, even) + 1
  }
  return [...sizes, most].map((workers) => ({ workers, worth: worthOf(workers, partitions) }))
}
