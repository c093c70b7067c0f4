/**
 * A fleet that is not there: a scaling policy against arrivals, in steps of time and by partition, so that its cost does not
 * depend on how many jobs there are. Pure: the same settings, trace and policy give the same run.
 */
import type { Decision, Policy } from '../policy/policy.ts'
import { Arrivals } from './arrivals.ts'
import { Group, NOBODY } from './group.ts'
import { Observer } from './observer.ts'
import { Placement } from './placing.ts'
import { Pods } from './pods.ts'
import { Queues } from './queues.ts'
import { randomFrom } from './random.ts'
import { type SimulationSettings, workerRate } from './settings.ts'
import type { Trace } from './trace.ts'
import { WaitHistogram } from './waiting.ts'
import { Workers } from './workers.ts'

/** The state of a moment. */
export interface Moment {
  readonly atS: number
  /** Jobs that are not committed, and that have not ended. */
  readonly lag: number
  readonly backlog: number
  readonly finished: number
  /** Workers asked for, and workers that are Ready. */
  readonly desired: number
  readonly ready: number
}

export interface Run {
  readonly trace: Trace
  /** Once a second, and at the end. */
  readonly moments: readonly Moment[]
  /** Those that changed something. */
  readonly decisions: readonly Decision[]
  readonly waits: WaitHistogram
  readonly arrived: number
  readonly finished: number
  /** When everything that had arrived by the end of the trace's focus had ended, s. */
  readonly drainedAtS: number | undefined
  /** Longest wait of a job, unfinished ones included, to the end of its step, ms: of ordinary jobs, and of those of hot keys. */
  readonly longestMs: { readonly shared: number; readonly serial: number }
  /** Pods over time, those that start or leave included, s. */
  readonly replicaSeconds: number
  readonly peakBacklog: number
  readonly rebalances: number
  readonly movedPartitions: number
}

/** A policy is asked once a second; what changes replicas less often (`pace.ts`) keeps its own time. */
const LOOK_MS = 1_000

/**
 * Work of a job's slot that is lost where it may run on only for `drainMs`: what had been done of those that need longer, on average, as a
 * share of all work in progress (its ages are even).
 */
const lostShare = (serviceMs: number, drainMs: number): number =>
  serviceMs > drainMs ? ((serviceMs - drainMs) / serviceMs) ** 2 / 2 : 0

export const simulate = <State>(policy: Policy<State>, trace: Trace, settings: SimulationSettings): Run => {
  const { fleet, timing, stepMs } = settings
  const arrivals = new Arrivals(trace, stepMs)
  const queues = new Queues(fleet.partitions, settings.hotKeys, fleet.serviceMs, stepMs)
  const pods = new Pods(fleet.replicas, timing, fleet.serviceMs, randomFrom(settings.seed))
  const initial = Array.from({ length: fleet.replicas }, (_, pod) => pod)
  const group = new Group(fleet.partitions, queues.partitionOf, initial, timing.joinMs)
  const observer = new Observer(queues, fleet, stepMs)
  const placement = new Placement(fleet.partitions, settings.placing, settings.runJobs)
  const placed = new Float64Array(queues.count)
  const waits = new WaitHistogram()
  const bucket = { depth: fleet.concurrency, perStep: (workerRate(fleet) * stepMs) / 1_000 }
  const workers = new Workers(queues, group, waits, bucket)
  const handoverMs = timing.handoverMs + Math.min(fleet.serviceMs, timing.rebalanceDrainMs)

  const moments: Moment[] = []
  const decisions: Decision[] = []
  let state = policy.initial
  let replicaSeconds = 0
  let peakBacklog = 0
  let drainedAtS: number | undefined
  const next = { decision: LOOK_MS, read: 0, commit: 0, moment: 0 }
  const hot = settings.hotKeys.reduce((sum, { share }) => sum + share, 0)

  /** Nothing that came by the end of the focus waits. */
  const isDrained = (): boolean => {
    for (let queue = 0; queue < queues.count; queue++) {
      if ((queues.doneUntilMs(queue) ?? Number.POSITIVE_INFINITY) < trace.focus.untilS * 1_000) return false
    }
    return true
  }

  /** What moves takes the work in progress of the jobs that are aborted with it. */
  const rebalance = (nowMs: number): void => {
    const before = group.owner.slice()
    const held = new Map<number, number>()
    const moved = group.settle(nowMs, handoverMs)
    if (moved.length === 0) return
    for (const owner of before) held.set(owner, (held.get(owner) ?? 0) + 1)
    for (const partition of moved) {
      const from = before[partition] ?? NOBODY
      const drainMs = group.has(from) ? timing.rebalanceDrainMs : timing.drainTimeoutMs
      const inProgress = fleet.concurrency / (held.get(from) ?? 1)
      const lost = inProgress * lostShare(fleet.serviceMs, drainMs)
      if (lost > 0) queues.redo(partition, lost)
    }
  }

  const moment = (nowMs: number): void => {
    const finished = queues.finished
    moments.push({
      atS: nowMs / 1_000,
      lag: observer.lag,
      backlog: Math.max(0, arrivals.by(nowMs) - finished),
      finished,
      desired: pods.desired,
      ready: readyOf(),
    })
  }
  const readyOf = (): number =>
    group.shares.members.reduce((sum, pod) => sum + (pods.leaving.has(pod) ? 0 : 1), 0)

  for (let step = 0; step < arrivals.steps; step++) {
    const [nowMs, endMs] = [step * stepMs, (step + 1) * stepMs]
    const { joined, gone } = pods.advance(nowMs)
    group.change(joined, gone, nowMs)
    workers.forget(gone)
    if (group.isDue(nowMs)) rebalance(nowMs)
    if (nowMs >= next.commit) {
      observer.commit()
      next.commit = nowMs + timing.commitMs
    }
    if (nowMs >= next.read) {
      placement.observe(observer.read(nowMs))
      next.read += timing.readMs
    }
    if (nowMs >= next.moment) {
      moment(nowMs)
      next.moment += 1_000
    }
    if (nowMs >= next.decision) {
      const taken = policy.decide(state, observer.observe(nowMs, pods.desired, readyOf()))
      state = taken.state
      if (taken.decision.to !== pods.desired) {
        decisions.push(taken.decision)
        pods.ask(taken.decision.to, nowMs)
      }
      next.decision += LOOK_MS
    }
    replicaSeconds += (pods.existing * stepMs) / 1_000
    const jobs = arrivals.by(endMs) - arrivals.by(nowMs)
    placement.place(jobs * (1 - hot), placed)
    for (const [index, { share }] of settings.hotKeys.entries())
      placed[fleet.partitions + index] = jobs * share
    queues.advance(step, placed)
    observer.remember()
    workers.work(step, nowMs, pods.leaving)
    peakBacklog = Math.max(peakBacklog, arrivals.by(endMs) - queues.finished)
    if (drainedAtS === undefined && endMs >= trace.focus.untilS * 1_000 + fleet.serviceMs && isDrained()) {
      drainedAtS = endMs / 1_000
    }
  }
  const endMs = arrivals.steps * stepMs
  moment(endMs)
  return {
    trace,
    moments,
    decisions,
    waits,
    arrived: arrivals.total,
    finished: queues.finished,
    drainedAtS,
    longestMs: queues.longestUntil(arrivals.steps),
    replicaSeconds,
    peakBacklog,
    rebalances: group.rebalances,
    movedPartitions: group.movedPartitions,
  }
}
