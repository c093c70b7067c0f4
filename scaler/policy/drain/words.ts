/** Why the drain-time policy decided as it did, in an operator's words. */
import { count, move, plural } from '../reason.ts'
import type { Demand } from './demand.ts'

export interface Grounds {
  readonly from: number
  readonly to: number
  readonly ready: number
  /** What was needed, before what holds the fleet where it is. */
  readonly wanted: number
  readonly demand: Demand
  /** Parked jobs that are due. */
  readonly due: number
  readonly dueUnknown: boolean
  readonly arrivalsPerS: number
  /** Undefined: no job has ended yet. */
  readonly slotMs: number | undefined
  readonly concurrency: number
  /** Time until what waits is done, by the fleet as it is and as it is wanted, ms. */
  readonly withinMs: { readonly now: number; readonly grown: number }
  /** Of a jobs topic. */
  readonly partitions: number
  readonly settings: {
    readonly objectiveMs: number
    readonly lagThreshold: number
    readonly downStabilizationMs: number
    readonly maxReplicas: number
    readonly minReplicas: number
  }
  /** What kept the fleet from going where it was wanted, or sent it there without asking. */
  readonly held: 'minimum' | 'maximum' | 'woken' | 'tolerance' | 'price' | 'unknown' | 'window' | undefined
}

const rounded = (value: number): string => count(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
const time = (ms: number): string =>
  Number.isFinite(ms) ? (ms < 1_000 ? `${rounded(ms)} ms` : `${rounded(ms / 1_000)} s`) : 'for ever'

const work = ({ demand, due, dueUnknown, arrivalsPerS }: Grounds): string => {
  const { waiting, reachable, narrow } = demand
  const parts = [`${plural(waiting, 'job')} waiting`]
  if (narrow > 0)
    parts.push(
      `of which ${count(Math.round(reachable))} count: ${plural(narrow, 'partition')} can’t be done sooner by more workers`,
    )
  if (due > 0) parts.push(`${plural(due, 'parked job')} due`)
  if (dueUnknown) parts.push('parked jobs unknown')
  if (arrivalsPerS >= 0.05) parts.push(`${rounded(arrivalsPerS)}/s coming`)
  return parts.join(', ')
}

const speed = ({ slotMs, concurrency, settings }: Grounds): string =>
  slotMs === undefined
    ? `no job has ended yet, so a worker counts for ${settings.lagThreshold} jobs`
    : `a worker does ${rounded((concurrency * 1_000) / slotMs)}/s (${time(slotMs)} each, ${concurrency} at once)`

const evenly = (workers: number, partitions: number): string =>
  workers > 1 && partitions % workers === 0
    ? `, so that each has ${plural(partitions / workers, 'partition')} of a topic`
    : ''

const outcome = (it: Grounds): string => {
  const { from, to, wanted, withinMs, settings, held, slotMs, demand, due } = it
  const { objectiveMs, downStabilizationMs, maxReplicas } = settings
  const jobs = demand.waiting + due > 0
  const now = jobs && slotMs !== undefined ? `done in ${time(withinMs.now)} by ${plural(from, 'worker')}` : ''
  const then = jobs && slotMs !== undefined ? `, in ${time(withinMs.grown)} by ${count(wanted)}` : ''
  const objective = `the objective is ${time(objectiveMs)}`
  const capped = to === maxReplicas && wanted === maxReplicas ? ' (the maximum)' : ''
  switch (held) {
    case 'minimum':
      return `${from} is under the minimum of ${settings.minReplicas}; ${move(from, to)}`
    case 'maximum':
      return `${from} is over the maximum of ${maxReplicas}; ${move(from, to)}`
    case 'woken':
      return `the fleet is woken; ${move(from, to)}`
    case 'tolerance':
      return `${count(wanted)} would be no more than 10 % off ${count(from)}, which an HPA leaves alone: no change`
    case 'price':
      return `${now}${then}: growing would not be worth its rebalance; no change`
    case 'unknown':
      return `${count(wanted)} would do, but parked jobs can’t be counted: no change`
    case 'window':
      return `${count(wanted)} would do; the stabilization window of ${time(downStabilizationMs)} holds ${count(from)}`
    default:
      break
  }
  if (to > from) {
    const why = now === '' ? '' : `${now}${then}; ${objective}; `
    return `${why}${move(from, to)}${capped === '' ? evenly(to, it.partitions) : capped}`
  }
  if (to < from)
    return `${count(wanted)} have been enough for ${time(downStabilizationMs)}; ${move(from, to)}`
  return `${now === '' ? 'nothing to do' : now}${capped}: no change`
}

/** One sentence: the work, what a worker does of it, what follows. */
export const inWords = (grounds: Grounds): string => {
  const lacking = grounds.from - grounds.ready
  const ready = lacking > 0 ? `; ${count(lacking)} of ${plural(grounds.from, 'worker')} not Ready yet` : ''
  return `${work(grounds)}; ${speed(grounds)}${ready}; ${outcome(grounds)}`
}
