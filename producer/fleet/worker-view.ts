/** A worker as it is shown. */
import type { HeartbeatEvent } from '../../core/events/event.ts'
import type { Progress } from '../../core/job.ts'

export interface WorkerView {
  readonly id: string
  readonly pid: number
  readonly nodeType: 'master' | 'child'
  readonly claimed: number
  readonly running: number
  readonly startedAt: string
}

/** A job that a worker runs, in few words. */
export interface WorkerJob {
  readonly id: string
  readonly type: string
  readonly key?: string
  readonly attempt: number
  readonly startedAt: string
  readonly progress?: Progress
}

export interface BusyWorker extends WorkerView {
  /** Jobs that it runs at once at most. */
  readonly concurrency?: number
  readonly leaving: boolean
  /** The one that runs for longest first. */
  readonly jobs: readonly WorkerJob[]
}

/** As its heartbeat has it. */
export const workerOf = (beat: HeartbeatEvent): WorkerView => ({
  id: beat.node,
  pid: beat.pid,
  nodeType: beat.nodeType,
  claimed: beat.claimed,
  running: beat.active,
  startedAt: new Date(beat.startedAt).toISOString(),
})

export const oldestFirst = (a: WorkerView, b: WorkerView): number =>
  a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id)
