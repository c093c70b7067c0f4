/** What a fleet gets done, and when: some of it is on its way up, and a change of the group costs all of it a pause. */
import type { Deadline } from './arrivals.ts'

export interface Fleet {
  /** Workers that are Ready. */
  readonly ready: number
  /** Workers asked for: those that are not Ready yet are within `readyInMs`. */
  readonly replicas: number
  readonly readyInMs: number
  /** Jobs a millisecond that one worker does. */
  readonly rate: number
}

export interface ChangeCost {
  /** From asking for a worker to its work, where it starts alone, ms. */
  readonly startupMs: number
  /** What each further worker that starts with it adds, ms: those of one machine share its processors. */
  readonly eachMs: number
  /** How long the group stands still when workers join or leave, ms. */
  readonly rebalanceMs: number
}

/** From asking for so many workers at once to their work, ms. */
export const startsWithin = (
  starting: number,
  { startupMs, eachMs }: Omit<ChangeCost, 'rebalanceMs'>,
): number => startupMs + eachMs * Math.max(0, starting - 1)

/** Slots of time of a fleet of `workers`: from when on so many work. `workers` may be any number, more or fewer than there are. */
const phases = (fleet: Fleet, workers: number, cost: ChangeCost) => {
  const { ready, replicas, readyInMs } = fleet
  if (workers <= replicas) {
    return [
      { fromMs: 0, workers: Math.min(ready, workers) },
      { fromMs: ready < workers ? readyInMs : 0, workers },
    ]
  }
  const startedMs = startsWithin(workers - replicas, cost)
  return [
    { fromMs: 0, workers: ready },
    { fromMs: Math.min(readyInMs, startedMs), workers: replicas },
    { fromMs: startedMs, workers: 0 },
    { fromMs: startedMs + cost.rebalanceMs, workers },
  ]
}

/** Time until `jobs` are done by a fleet that is asked to be of `workers`, ms; Infinity for a fleet that is none. */
export const drainMs = (fleet: Fleet, workers: number, jobs: number, cost: ChangeCost): number => {
  const steps = phases(fleet, workers, cost)
  let left = jobs
  for (const [index, step] of steps.entries()) {
    const untilMs = steps[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY
    const rate = step.workers * fleet.rate
    const lasts = Math.max(0, untilMs - step.fromMs)
    if (rate > 0 && left <= rate * lasts) return step.fromMs + left / rate
    if (Number.isFinite(lasts)) left -= rate * lasts
  }
  return left <= 0 ? 0 : Number.POSITIVE_INFINITY
}

/** Enough for a number that grows by less each time, or to its bound. */
const ROUNDS = 10

/**
 * Workers, not yet a whole number, that do `jobs` within `inMs`: fewer than there are where these do them in time; else those there are
 * and so many more as do the rest after their start, which gets `leastMs` at the least (a deadline that can't be met is no reason
 * for a fleet without bounds).
 */
export const workersFor = (
  fleet: Fleet,
  { jobs, inMs }: Deadline,
  cost: ChangeCost,
  leastMs: number,
): number => {
  const { ready, replicas, readyInMs, rate } = fleet
  const working = Math.min(ready, replicas)
  const inTime = Math.max(leastMs, inMs)
  const doneByThese = rate * (working * inTime + (replicas - working) * Math.max(0, inTime - readyInMs))
  if (jobs <= doneByThese) return jobs / (rate * inTime)
  const lost = rate * replicas * Math.min(cost.rebalanceMs, inTime)
  const rest = jobs - Math.max(0, doneByThese - lost)
  // More of them start later, and so have to be still more.
  let more = 0
  for (let round = 0; round < ROUNDS; round++) {
    const timeLeft = Math.max(leastMs, inTime - startsWithin(more, cost) - cost.rebalanceMs)
    more = rest / (rate * timeLeft)
  }
  return replicas + more
}

/** What is late anyway may take so much longer, as a share, where that spares workers. */
const SPARING = 0.2

/**
 * Of fleets that can't be done in time the smallest that is not much later than the fastest: where the start of workers takes most of
 * the time, twice as many are soon no faster. `sizes`: from the smallest to the largest, each with what it is worth in workers.
 */
export const sparing = <Size extends { readonly worth: number }>(
  sizes: readonly Size[],
  fleet: Fleet,
  jobs: number,
  inMs: number,
  cost: ChangeCost,
): Size | undefined => {
  const largest = sizes.at(-1)
  if (!largest) return undefined
  if (drainMs(fleet, largest.worth, jobs, cost) <= inMs) return largest
  const times = sizes.map(({ worth }) => drainMs(fleet, worth, jobs, cost))
  const best = Math.min(...times)
  return sizes.find((_, index) => (times[index] ?? 0) <= best * (1 + SPARING))
}
