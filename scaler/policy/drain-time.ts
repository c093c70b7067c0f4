/**
 * The drain-time policy: as many workers as finish what waits within an objective, and keep up with what comes in.
 *
 * KEDA's kafka trigger asks how many jobs wait; this asks how long they will. Each job is to be done within `objectiveMs` of its coming
 * (deadlines of the arrival curve), by the workers there are, those on their way, and as many more as it takes after their
 * start and the pause that a change of the group costs. It grows at once, and only where that ends the wait sooner. It shrinks when the
 * fleet has been more than enough for a whole stabilization window. Work that more workers don't end sooner (one key, one partition)
 * buys none.
 */
import type { Config } from '../../core/config.ts'
import { type ArrivalPoint, extend, lastArrival, steadyRates } from './drain/arrivals.ts'
import { demandOf, partitionsEach } from './drain/demand.ts'
import { drainMs, type Fleet, sparing } from './drain/fleet.ts'
import { evenSizes, needsOf, needsUnmeasured, shareEvenly, worthOf } from './drain/needs.ts'
import { noStart, type Start, seeStart, startupOf } from './drain/starts.ts'
import { type Grounds, inWords } from './drain/words.ts'
import type { Observation, Policy, Step } from './policy.ts'
import { HPA_TOLERANCE, isTolerated, quantise } from './quantise.ts'

export interface DrainTimeSettings {
  /** 0 lets the fleet go to zero while nothing is to do. */
  readonly minReplicas: number
  /** Never more than the partitions of a jobs topic: a further worker would have none. */
  readonly maxReplicas: number
  /** A job is to be done within this time of its coming, ms. */
  readonly objectiveMs: number
  /** From asking for a worker to its first job, ms, until that has been seen: then it is what it takes here. */
  readonly startupMs: number
  /** What each further worker that starts with it adds to that, ms; absent: nothing, since each has processors of its own. */
  readonly startupEachMs?: number
  /** How long a change of the group holds up all of it, ms. */
  readonly rebalanceMs: number
  /** The fleet must have been more than enough for so long before it shrinks, ms. */
  readonly downStabilizationMs: number
  /** Jobs that a worker is worth while nothing is known of how long they take. */
  readonly lagThreshold: number
  /** The HPA's tolerance, as a share: smaller changes are not asked for. */
  readonly tolerance: number
}

export interface DrainTimeState {
  readonly curve: readonly ArrivalPoint[]
  /** End offsets of the partitions at the last decision, and jobs/ms that came in at each (exponentially smoothed). */
  readonly ends: {
    readonly at: number
    readonly offsets: readonly number[]
    readonly rates: readonly number[]
  }
  /**
   * During the stabilization window: what arrivals alone asked for, and each rise of what was wanted. How that falls while a burst is
   * drained is no reason to keep workers.
   */
  readonly asked: readonly { readonly at: number; readonly workers: number }[]
  /** What was wanted at the last decision. */
  readonly wanted: number
  /** When the whole fleet was needed last; undefined before the first decision: then now is as good as any. */
  readonly neededAt: number | undefined
  readonly start: Start
}

/** A worker does 10,000 jobs/s at most, however short they are: with 5 at once, ms. */
const LEAST_SLOT_MS = 0.5
/** Of the time that growing takes off the wait, as a share, so much must be won. */
const WORTH = 0.1
/** Smoothing of what comes in at each partition: its time constant, ms. */
const SHARE_MS = 10_000

export const drainTimeSettings = (scaling: Config['scaling'], partitions: number): DrainTimeSettings => ({
  minReplicas: Math.min(scaling.minReplicas, partitions),
  maxReplicas: Math.min(scaling.maxReplicas, partitions),
  objectiveMs: scaling.drainObjectiveMs,
  startupMs: scaling.workerStartupMs,
  startupEachMs: scaling.workerStartupEachMs,
  rebalanceMs: scaling.rebalanceMs,
  downStabilizationMs: scaling.downStabilizationMs,
  lagThreshold: scaling.lagThreshold,
  tolerance: HPA_TOLERANCE,
})

const initial: DrainTimeState = {
  curve: [],
  ends: { at: 0, offsets: [], rates: [] },
  asked: [],
  wanted: 0,
  neededAt: undefined,
  start: noStart,
}

const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0)

const seeArrivals = (
  ends: DrainTimeState['ends'],
  { at, partitions }: Observation,
): DrainTimeState['ends'] => {
  const offsets = partitions.map(({ endOffset }) => endOffset)
  const ms = at - ends.at
  if (ends.offsets.length !== offsets.length || ms <= 0) return { at, offsets, rates: offsets.map(() => 0) }
  const weight = 1 - Math.exp(-ms / SHARE_MS)
  const rates = offsets.map((offset, index) => {
    const before = ends.rates[index] ?? 0
    const rate = Math.max(0, offset - (ends.offsets[index] ?? offset)) / ms
    return before + weight * (rate - before)
  })
  return { at, offsets, rates }
}

const next = (
  known: DrainTimeState,
  observation: Observation,
  settings: DrainTimeSettings,
): Step<DrainTimeState> => {
  const { at, dueJobs, replicas: from, workload } = observation
  // Where the clock was set back what is remembered lies in the future, and would hold the fleet until then.
  const state = known.ends.at > at ? initial : known
  const { minReplicas: min, maxReplicas: max, objectiveMs, rebalanceMs, downStabilizationMs } = settings
  const ready = Math.min(from, observation.ready ?? from)
  const due = typeof dueJobs === 'number' ? dueJobs : 0
  const concurrency = workload?.concurrency ?? 1
  const measured = workload?.serviceMs !== undefined
  const slotMs = Math.max(LEAST_SLOT_MS, workload?.serviceMs ?? LEAST_SLOT_MS)
  const eachMs = settings.startupEachMs ?? 0
  const start = seeStart(state.start, at, from, ready, settings.startupMs, eachMs)
  const cost = { startupMs: startupOf(start, at, settings.startupMs), eachMs, rebalanceMs }
  const each = partitionsEach(observation.partitions)
  const fleet: Fleet = {
    ready: worthOf(ready, each),
    replicas: worthOf(from, each),
    // What is overdue comes when it comes: it gets a quarter of the time again.
    readyInMs: Math.max(start.at + cost.startupMs + start.togetherMs - at, cost.startupMs / 4),
    rate: concurrency / slotMs,
  }
  const ends = seeArrivals(state.ends, observation)
  const total = sum(ends.offsets)
  const curve = extend(state.curve, { at, total }, objectiveMs)
  const arrivals = steadyRates(curve)

  const demand = demandOf(observation, measured ? slotMs : undefined, concurrency, ends.rates, settings)
  const needs = measured
    ? needsOf(curve, arrivals, at, demand, due, fleet, cost, objectiveMs)
    : needsUnmeasured(demand, due, settings.lagThreshold)
  const jobs = demand.reachable + due
  const idle = jobs === 0 && needs.arrivals === 0
  const bounded = (workers: number): number =>
    Math.max(min, shareEvenly(Math.min(max, Math.max(idle ? 0 : 1, workers)), each, max))
  const needed = bounded(Math.max(needs.backlog, needs.arrivals))
  const least = Math.max(from + 1, bounded(needs.arrivals))
  // All that waits is to be done within the objective of the last that came.
  const inMs = lastArrival(curve) + objectiveMs - at
  const sizes = evenSizes(least, needed, each)
  const wanted =
    measured && needed > least ? (sparing(sizes, fleet, jobs, inMs, cost)?.workers ?? needed) : needed
  const withinMs = {
    now: drainMs(fleet, fleet.replicas, jobs, cost),
    grown: drainMs(fleet, worthOf(wanted, each), jobs, cost),
  }

  const asked = [
    ...state.asked.filter((it) => it.at > at - downStabilizationMs),
    { at, workers: wanted > state.wanted ? wanted : bounded(needs.now) },
  ]
  // What an HPA would leave alone does not count as enough of a surplus either.
  const isSurplus = wanted < from && !isTolerated(from, wanted, settings.tolerance)
  const neededAt = isSurplus ? (state.neededAt ?? at) : at
  const remembered = Math.max(wanted, ...asked.map(({ workers }) => workers))

  const grounds: Omit<Grounds, 'to' | 'held'> = {
    from,
    ready,
    wanted,
    demand,
    due,
    dueUnknown: dueJobs === 'unknown',
    arrivalsPerS: arrivals.lately * 1000,
    slotMs: measured ? slotMs : undefined,
    concurrency,
    withinMs,
    partitions: each,
    settings,
  }
  const decided = (to: number, held?: Grounds['held']): Step<DrainTimeState> => ({
    state: { curve, ends, asked, wanted, neededAt, start },
    decision: {
      at: new Date(at).toISOString(),
      from,
      to,
      reason: inWords({ ...grounds, to, held }),
      policy: 'drain-time',
    },
  })

  if (from < min) return decided(Math.max(min, wanted), 'minimum')
  if (from === 0) return decided(wanted, wanted > 0 ? 'woken' : undefined)
  if (from > max) return decided(max, 'maximum')
  if (wanted > from) {
    const to = quantise(from, wanted, max, settings.tolerance)
    if (to === from) return decided(from, 'tolerance')
    // Arrivals that the fleet can't keep up with are worth it at any time.
    const worth = needs.arrivals > from || !measured || withinMs.grown < withinMs.now * (1 - WORTH)
    return worth ? decided(to) : decided(from, 'price')
  }
  if (wanted === from) return decided(from)
  if (!isSurplus) return decided(from, 'tolerance')
  if (dueJobs === 'unknown') return decided(from, 'unknown')
  if (at - neededAt < downStabilizationMs) return decided(from, 'window')
  const to = quantise(from, Math.min(from, remembered), max, settings.tolerance)
  return decided(to, to === from ? 'window' : undefined)
}

/** The policy with its settings. Pure: all that it remembers is in its state. */
export const drainTimePolicy = (settings: DrainTimeSettings): Policy<DrainTimeState> => ({
  initial,
  decide: (state, observation) => next(state, observation, settings),
})
