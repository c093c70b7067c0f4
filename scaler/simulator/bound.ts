/**
 * The least replica-seconds with which any plan, one that knows all arrivals included, could have kept every job's wait within a limit. A linear
 * program over time: replicas n by decision, jobs X finished by the end of each step,
 *
 *   minimise  Σ n · (length of a decision)
 *   such that arrived a limit and a service time ago ≤ X ≤ arrived,  minimum ≤ n ≤ maximum,
 *             X grows in a step by no more than (rate of a worker) × n, for every n that held within a start-up time before.
 *
 * It is a bound, not a plan: all workers share one queue, parts of workers count, and rebalances cost nothing.
 */
import type { Arrivals } from './arrivals.ts'
import { type Program, type Row, solveProgram } from './linear-program.ts'
import { type SimulationSettings, workerRate } from './settings.ts'

/** How long jobs may wait, ms: ordinary ones, and those of hot keys. */
export interface WaitLimits {
  readonly shared: number
  readonly serial: number
}

export interface Bound {
  readonly replicaSeconds: number
  /** A plan that attains it, as far as the program goes. */
  readonly plan: readonly { readonly fromMs: number; readonly replicas: number }[]
}

/** Steps at most: beyond it they get longer, and the bound a little lower. */
const MAX_STEPS = 3_000
/** Steps are about as long as this, ms. */
const STEP_MS = 1_000
/** Boxes need an inside: so far beyond its limit any value may go, as a share of its scale. */
const WIDEN = 1e-6

interface Grid {
  /** Beginnings of the steps, and the end of the last, ms. */
  readonly times: readonly number[]
  /** Beginnings of the decisions, ms; the first is what was before all. */
  readonly decisions: readonly number[]
}

const gridOf = (totalMs: number, { changes: { everyMs, phaseMs } }: SimulationSettings): Grid => {
  const fine = everyMs / Math.max(1, Math.round(everyMs / STEP_MS))
  const stepMs = totalMs / fine <= MAX_STEPS ? fine : everyMs * Math.ceil(totalMs / MAX_STEPS / everyMs)
  const heldMs = Math.max(stepMs, everyMs)
  const times = [0]
  for (let at = phaseMs % stepMs || stepMs; at < totalMs - 1e-6; at += stepMs) times.push(at)
  times.push(totalMs)
  const decisions = [Number.NEGATIVE_INFINITY]
  for (let at = phaseMs; at < totalMs - 1e-6; at += heldMs) decisions.push(at)
  return { times, decisions }
}

/** Time from the decision to the first job of a worker, at the least, ms. */
export const leastStartupMs = ({ timing }: SimulationSettings): number =>
  Math.max(0, timing.startupMs * (1 - timing.startupSpread) - timing.joinMs)

const jobsDue = (
  arrivals: Arrivals,
  { fleet, hotKeys }: SimulationSettings,
  limits: WaitLimits,
  atMs: number,
): number => {
  const hot = hotKeys.reduce((sum, { share }) => sum + share, 0)
  const by = (limit: number): number => arrivals.by(atMs - limit - fleet.serviceMs)
  return (1 - hot) * by(limits.shared) + hot * by(limits.serial)
}

/** Jobs that could have ended by each of the times, with the most workers from the first decision on. */
const fastest = (arrivals: Arrivals, grid: Grid, settings: SimulationSettings): number[] => {
  const { fleet } = settings
  const fullAt = settings.changes.phaseMs + leastStartupMs(settings)
  let ended = 0
  return grid.times.slice(1).map((end, step) => {
    const start = grid.times[step] ?? 0
    const beforeMs = Math.max(0, Math.min(end, fullAt) - start)
    const workerMs = beforeMs * fleet.replicas + (end - start - beforeMs) * fleet.maxReplicas
    ended = Math.min(arrivals.by(end), ended + (workerRate(fleet) * workerMs) / 1_000)
    return ended
  })
}

/** The least limit of waiting that any plan can keep (to the length of a step), ms: with the most workers, and one at a time for a hot key. */
export const leastLongestWait = (arrivals: Arrivals, settings: SimulationSettings): WaitLimits => {
  const { serviceMs } = settings.fleet
  const { curve, stepMs } = arrivals
  const longest = (endedBy: (step: number, before: number) => number): number => {
    let [ended, head, most] = [0, 0, 0]
    for (let step = 1; step < curve.length; step++) {
      while (head < step && (curve[head + 1] ?? 0) <= ended) head++
      if (ended < (curve[step] ?? 0)) most = Math.max(most, step * stepMs - arrivals.timeOf(ended, head))
      ended = Math.min(curve[step] ?? 0, endedBy(step, ended))
    }
    return Math.max(0, most - serviceMs)
  }
  const fullAt = settings.changes.phaseMs + leastStartupMs(settings)
  const { fleet, hotKeys } = settings
  const perStep = (workerRate(fleet) * stepMs) / 1_000
  return {
    shared: longest(
      (step, before) => before + perStep * (step * stepMs > fullAt ? fleet.maxReplicas : fleet.replicas),
    ),
    serial: Math.max(
      0,
      ...hotKeys.map(({ share }) => longest((_, before) => before + stepMs / serviceMs / share)),
    ),
  }
}

/** @throws nothing: limits that can't be kept are kept as far as they can */
export const lowerBound = (arrivals: Arrivals, settings: SimulationSettings, limits: WaitLimits): Bound => {
  const { fleet } = settings
  const totalMs = arrivals.steps * arrivals.stepMs
  const grid = gridOf(totalMs, settings)
  const { times, decisions } = grid
  const scale = Math.max(1, fleet.maxReplicas)
  const steps = times.length - 1
  const stepMs = Math.max(...times.slice(1).map((end, step) => end - (times[step] ?? 0)))
  // Jobs in units of what the largest fleet ends in a step, replicas as a share of it: all numbers are near 1.
  const jobsUnit = (workerRate(fleet) * scale * stepMs) / 1_000
  const until = (decision: number): number => Math.min(decisions[decision + 1] ?? totalMs, totalMs)

  // In order of time: a decision's replicas, then what its steps finish.
  const order = [
    ...decisions.map((at, decision) => ({ at: Math.max(at, -1), kind: 'replicas' as const, of: decision })),
    ...times.slice(1).map((at, step) => ({ at: at - 1e-3, kind: 'finished' as const, of: step })),
  ].sort((a, b) => a.at - b.at)
  const indexOf = { replicas: new Int32Array(decisions.length), finished: new Int32Array(steps) }
  for (const [index, { kind, of }] of order.entries()) indexOf[kind][of] = index

  const cost = new Float64Array(order.length)
  const low = new Float64Array(order.length)
  const high = new Float64Array(order.length)
  for (const decision of decisions.keys()) {
    const index = indexOf.replicas[decision] ?? 0
    const [least, most] =
      decision === 0 ? [fleet.replicas, fleet.replicas] : [fleet.minReplicas, fleet.maxReplicas]
    cost[index] = (scale * (until(decision) - Math.max(0, decisions[decision] ?? 0))) / 1_000
    low[index] = least / scale - WIDEN
    high[index] = most / scale + WIDEN
  }
  const possible = fastest(arrivals, grid, settings)
  for (let step = 0; step < steps; step++) {
    const index = indexOf.finished[step] ?? 0
    const end = times[step + 1] ?? totalMs
    const due = Math.min(possible[step] ?? 0, jobsDue(arrivals, settings, limits, end))
    low[index] = due / jobsUnit - WIDEN
    high[index] = arrivals.by(end) / jobsUnit + WIDEN
  }
  const program: Program = { cost, low, high, rows: rowsOf(grid, settings, indexOf, stepMs) }
  const { values, bound } = solveProgram(program)
  const plan = decisions.map((at, decision) => ({
    fromMs: Math.max(0, at),
    replicas: (values[indexOf.replicas[decision] ?? 0] ?? 0) * scale,
  }))
  return { replicaSeconds: Math.max(0, bound), plan }
}

/** A step's growth is what workers do who were asked for a start-up time before its end, and ever since. */
const rowsOf = (
  { times, decisions }: Grid,
  settings: SimulationSettings,
  indexOf: { readonly replicas: Int32Array; readonly finished: Int32Array },
  stepMs: number,
): Row[] => {
  const startupMs = leastStartupMs(settings)
  const rows: Row[] = []
  let first = 0
  for (let step = 0; step < times.length - 1; step++) {
    const start = times[step] ?? 0
    const end = times[step + 1] ?? 0
    const share = stepMs / (end - start)
    while ((decisions[first + 1] ?? Number.POSITIVE_INFINITY) < end - startupMs - 1e-6) first++
    for (
      let decision = first;
      (decisions[decision] ?? Number.POSITIVE_INFINITY) <= start + 1e-6;
      decision++
    ) {
      const before = step > 0 ? [indexOf.finished[step - 1] ?? 0] : []
      rows.push({
        indexes: [indexOf.finished[step] ?? 0, indexOf.replicas[decision] ?? 0, ...before],
        coefficients: [share, -1, ...before.map(() => -share)],
      })
    }
  }
  return rows
}
