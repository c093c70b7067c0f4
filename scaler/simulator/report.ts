/** What a simulated run comes to, in figures. */
import type { Arrivals } from './arrivals.ts'
import { lowerBound } from './bound.ts'
import type { SimulationSettings } from './settings.ts'
import type { Moment, Run } from './simulate.ts'
import type { Waiting } from './waiting.ts'

export interface Summary {
  readonly name: string
  readonly jobs: number
  /** Jobs that had not ended at the end of the trace. */
  readonly left: number
  /** From the rise of the load until all that had come by its end was done, s; undefined where it was not. */
  readonly drainSeconds: number | undefined
  /** From the rise of the load to the first decision to grow, and to the first worker more, s; undefined where there was none. */
  readonly reaction: { readonly decidedS: number | undefined; readonly readyS: number | undefined }
  /** From a job's coming to its start, ms. */
  readonly waiting: Waiting
  /** Share of the jobs that waited longer than the objective. */
  readonly late: number
  /** Pods over time, s. */
  readonly replicaSeconds: number
  /** What no plan could have gone below that makes no job wait longer than the longest did here. */
  readonly leastReplicaSeconds: number
  readonly scaleEvents: number
  readonly peakReplicas: number
  readonly peakBacklog: number
  readonly rebalances: number
  readonly movedPartitions: number
}

const most = (moments: readonly Moment[], of: (moment: Moment) => number): number =>
  moments.reduce((peak, moment) => Math.max(peak, of(moment)), 0)

const since = (fromS: number, atS: number | undefined): number | undefined =>
  atS === undefined ? undefined : atS - fromS

export const summarise = (
  name: string,
  run: Run,
  arrivals: Arrivals,
  settings: SimulationSettings,
  objectiveMs: number,
): Summary => {
  const { fromS } = run.trace.focus
  const atStart = run.moments.findLast(({ atS }) => atS <= fromS) ?? run.moments[0]
  const grown = run.decisions.find(({ at, from, to }) => to > from && Date.parse(at) >= fromS * 1_000)
  const readyAt = run.moments.find(({ atS, ready }) => atS > fromS && ready > (atStart?.ready ?? 0))?.atS
  return {
    name,
    jobs: run.arrived,
    left: Math.max(0, Math.round(run.arrived - run.finished)),
    drainSeconds: since(fromS, run.drainedAtS),
    reaction: {
      decidedS: since(fromS, grown && Date.parse(grown.at) / 1_000),
      readyS: since(fromS, readyAt),
    },
    waiting: run.waits.summary,
    late: run.waits.shareAbove(objectiveMs),
    replicaSeconds: run.replicaSeconds,
    leastReplicaSeconds: lowerBound(arrivals, settings, run.longestMs).replicaSeconds,
    scaleEvents: run.decisions.length,
    peakReplicas: most(run.moments, ({ desired }) => desired),
    peakBacklog: run.peakBacklog,
    rebalances: run.rebalances,
    movedPartitions: run.movedPartitions,
  }
}
