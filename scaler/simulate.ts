/**
 * A fleet that is not there: a scaling policy against arrivals, second by second. For what no test machine holds,
 * and for comparing policies on the same load.
 */
import type { Decision, PartitionLag, Policy } from './policy/policy.ts'

export interface Simulation {
  /** Jobs that arrive in a second. */
  readonly arrivals: (second: number) => number
  readonly seconds: number
  readonly partitions: number
  readonly replicas: number
  /** Jobs/s that one worker finishes. */
  readonly serviceRate: number
  /** Time between decisions, s. */
  readonly syncSeconds: number
  /** Time from a decision to the work of a new worker, s. */
  readonly startSeconds: number
  /** Time in which nobody works after the group has changed, s. */
  readonly rebalanceSeconds: number
}

/** A second of the simulation, after what happened in it. */
export interface Moment {
  readonly second: number
  readonly lag: number
  readonly finished: number
  /** Workers asked for, and workers that are in the group. */
  readonly replicas: number
  readonly working: number
  readonly decision: Decision | undefined
}

interface Fleet {
  /** Workers asked for. */
  readonly replicas: number
  /** Workers in the group. */
  readonly working: number
  /** Workers on their way: from `at` on there are `to`. */
  readonly joining: readonly { readonly at: number; readonly to: number }[]
  /** Until when the group rebalances. */
  readonly pausedUntil: number
}

/** Workers leave at once; new ones join after their start. */
const ask = (fleet: Fleet, to: number, second: number, plan: Simulation): Fleet => {
  if (to === fleet.replicas) return fleet
  const joining = fleet.joining.map((it) => ({ at: it.at, to: Math.min(it.to, to) }))
  return to > fleet.replicas
    ? { ...fleet, replicas: to, joining: [...joining, { at: second + plan.startSeconds, to }] }
    : { ...fleet, replicas: to, joining: [...joining, { at: second, to }] }
}

const settle = (fleet: Fleet, second: number, plan: Simulation): Fleet => {
  const due = fleet.joining.filter(({ at }) => at <= second)
  const working = due.reduce((_, { to }) => to, fleet.working)
  if (working === fleet.working) return fleet
  return {
    ...fleet,
    working,
    joining: fleet.joining.filter(({ at }) => at > second),
    pausedUntil: second + plan.rebalanceSeconds,
  }
}

/** What is done of each partition's backlog in a second: partitions are dealt out in turn, a worker goes where work is. */
const serve = (backlog: readonly number[], working: number, serviceRate: number): number[] => {
  const left = Array.from({ length: working }, () => serviceRate)
  return backlog.map((jobs, partition) => {
    const worker = partition % working
    const done = Math.min(left[worker] ?? 0, jobs)
    left[worker] = (left[worker] ?? 0) - done
    return done
  })
}

/** Whole jobs: a sum of parts that comes to 2.999999999 is 3. */
const whole = (jobs: number): number => Math.floor(jobs + 1e-6)

/** Runs a policy. Jobs go to the partitions in turn; what is finished is committed at once. Pure. */
export const simulate = <State>(policy: Policy<State>, plan: Simulation): Moment[] => {
  const moments: Moment[] = []
  let state = policy.initial
  let fleet: Fleet = { replicas: plan.replicas, working: plan.replicas, joining: [], pausedUntil: 0 }
  let arrived = 0
  let done: readonly number[] = Array.from({ length: plan.partitions }, () => 0)
  const finished = (): number => done.reduce((sum, it) => sum + whole(it), 0)

  for (let second = 0; second < plan.seconds; second++) {
    const [arrivedBefore, finishedBefore] = [arrived, finished()]
    arrived += plan.arrivals(second)
    fleet = settle(fleet, second, plan)
    const ends = done.map((_, partition) => Math.max(0, Math.ceil((arrived - partition) / plan.partitions)))
    if (second >= fleet.pausedUntil) {
      const backlog = ends.map((end, partition) => end - (done[partition] ?? 0))
      const served = serve(backlog, fleet.working, plan.serviceRate)
      done = done.map((it, partition) => it + (served[partition] ?? 0))
    }
    const partitions = ends.map((endOffset, partition): PartitionLag => {
      const committedOffset = whole(done[partition] ?? 0)
      return { topic: 'jobs', partition, endOffset, committedOffset, lag: endOffset - committedOffset }
    })

    let decision: Decision | undefined
    if (second > 0 && second % plan.syncSeconds === 0) {
      const step = policy.decide(state, {
        at: second * 1000,
        partitions,
        arrivalRate: arrived - arrivedBefore,
        drainRate: finished() - finishedBefore,
        replicas: fleet.replicas,
      })
      ;({ state, decision } = step)
      fleet = ask(fleet, decision.to, second, plan)
    }
    const lag = partitions.reduce((sum, it) => sum + it.lag, 0)
    const { replicas, working } = fleet
    moments.push({ second, lag, finished: finished(), replicas, working, decision })
  }
  return moments
}
