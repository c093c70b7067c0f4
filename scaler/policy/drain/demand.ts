/**
 * What of the work counts: a partition is one worker's, and jobs of one key run one after the other, so that there is work which more
 * workers don't end sooner.
 */
import type { Observation } from '../policy.ts'

export interface DemandSettings {
  readonly objectiveMs: number
  /** Jobs that a worker is worth while nothing is known of how long they take. */
  readonly lagThreshold: number
}

export interface Demand {
  /** Jobs in the logs that are not done. */
  readonly waiting: number
  /** Those of them that can be done within the objective however many workers there are; no more than one worker's of a partition. */
  readonly reachable: number
  /** Of the arrivals the share that can be done as it comes in. */
  readonly servable: number
  /** Partitions whose keys, or whose single worker, are what they wait for. */
  readonly narrow: number
}

/** Jobs a millisecond that come in at each partition, in the order of the observation's partitions. */
export type ArrivalShares = readonly number[]

/**
 * `slotMs`: how long a job takes a slot; undefined while no job has ended. `rates`: arrivals by partition, jobs/ms; none: they are not known, and count in full.
 */
export const demandOf = (
  { partitions, workload }: Observation,
  slotMs: number | undefined,
  concurrency: number,
  rates: ArrivalShares,
  { objectiveMs, lagThreshold }: DemandSettings,
): Demand => {
  const told = new Map((workload?.partitions ?? []).map((it) => [`${it.topic}/${it.partition}`, it]))
  let [waiting, reachable, coming, servable, narrow] = [0, 0, 0, 0, 0]
  for (const [index, { topic, partition, lag }] of partitions.entries()) {
    const { finished = 0, parallel = concurrency } = told.get(`${topic}/${partition}`) ?? {}
    const jobs = Math.max(0, lag - finished)
    // Never none: what has stopped altogether may go on at any time, and one worker must be there for it.
    const mostAtOnce = Math.min(concurrency, Math.max(1, parallel))
    const atMost = slotMs === undefined ? lagThreshold : (mostAtOnce * objectiveMs) / slotMs
    const rate = rates[index] ?? 0
    waiting += jobs
    reachable += Math.min(jobs, atMost)
    coming += rate
    servable += slotMs === undefined ? rate : Math.min(rate, mostAtOnce / slotMs)
    if (jobs > atMost) narrow++
  }
  return { waiting, reachable, servable: coming > 0 ? servable / coming : 1, narrow }
}

/** Partitions of the topic that has most of them: each is dealt out by itself. */
export const partitionsEach = (partitions: Observation['partitions']): number => {
  const counts = new Map<string, number>()
  for (const { topic } of partitions) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}
