/**
 * What the public API answers, as far as the pages show it. Times are RFC 3339 texts. test/types/web-api.ts holds these against the
 * schemas that the API itself validates and documents with.
 */

export type JobStatus = 'queued' | 'running' | 'failed' | 'succeeded' | 'dead' | 'cancelled'
export type Priority = 'normal' | 'high' | 'low'

export interface JobError {
  readonly code: string
  readonly message: string
  readonly retryable?: boolean | undefined
}
export interface Progress {
  /** 0 to 1. */
  readonly fraction: number
  readonly text?: string | undefined
}
export interface LogLine {
  readonly at: string
  readonly text: string
}
export interface Attempt {
  readonly attempt: number
  readonly startedAt: string
  readonly finishedAt?: string | undefined
  readonly worker: string
  readonly error?: JobError | undefined
  readonly progress?: Progress | undefined
  readonly log?: readonly LogLine[] | undefined
  readonly logDropped?: number | undefined
}
export interface Job {
  readonly id: string
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly status: JobStatus
  readonly attempts: readonly Attempt[]
  readonly submittedAt: string
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  readonly worker?: string | undefined
  readonly progress?: Progress | undefined
  readonly result?: unknown
  readonly error?: JobError | undefined
  readonly priority?: Priority | undefined
  readonly schedule?: { readonly name: string; readonly at: string } | undefined
  readonly runAt?: string | undefined
  readonly waitsFor?: string | undefined
  readonly position?: number | undefined
  readonly estimatedStartAt?: string | undefined
}
export interface JobPage {
  readonly jobs: readonly Job[]
  readonly next?: string | undefined
}

export interface Decision {
  readonly at: string
  readonly from: number
  readonly to: number
  readonly reason: string
  readonly policy?: 'kafka' | 'drain-time' | undefined
  readonly shadow?: boolean | undefined
}
export interface PartitionLag {
  readonly topic: string
  readonly priority: Priority
  readonly partition: number
  readonly endOffset: number
  readonly committedOffset: number | null
  readonly lag: number
}
export interface Worker {
  readonly id: string
  readonly pid: number
  readonly nodeType: 'master' | 'child'
  readonly claimed: number
  readonly running: number
  readonly startedAt: string
}
export interface Scaling {
  /** Jobs that wait to run, or run: in the log, or parked and due. */
  readonly lag: number
  readonly kafkaLag: number
  readonly parked: {
    readonly total: number
    readonly due: number
    readonly byReason: Readonly<Record<string, number>>
    readonly at: string | null
  }
  readonly partitions: readonly PartitionLag[]
  /** Jobs/s. */
  readonly arrivalRate: number
  readonly drainRate: number
  readonly replicas: {
    readonly min: number
    readonly max: number
    readonly desired: number
    readonly ready: number
  }
  readonly workers: readonly Worker[]
  /** Newest first. */
  readonly decisions: readonly Decision[]
  readonly at: string
}

/** The fleet's past: steps of `stepMs`, oldest first; one of which nothing is known is absent. */
export interface ScalingHistory {
  readonly from: string
  readonly to: string
  readonly stepMs: number
  readonly points: readonly {
    /** When its step begins. */
    readonly at: string
    readonly lag: number
    readonly parkedDue: number
    readonly arrivalRate: number
    readonly drainRate: number
    readonly desired: number
    readonly ready: number
  }[]
  /** Newest first. */
  readonly decisions: readonly Decision[]
}
export interface RunningJob {
  readonly id: string
  readonly type: string
  readonly key?: string | undefined
  readonly attempt: number
  readonly startedAt: string
  readonly progress?: Progress | undefined
}
/** A worker with what it runs. */
export interface BusyWorker extends Worker {
  readonly concurrency?: number | undefined
  readonly leaving: boolean
  readonly jobs: readonly RunningJob[]
}

export interface LimitState {
  readonly paused: boolean
  readonly concurrency?: number | undefined
  readonly rate?: number | undefined
}
export interface Limit extends LimitState {
  readonly subject: string
  readonly type?: string | undefined
  readonly keyPrefix?: string | undefined
  readonly running?: number | undefined
  readonly held: number
}
export interface JobType {
  readonly type: string
  readonly description?: string | undefined
  readonly thread: boolean
  readonly control: boolean
  /** JSON Schema of the payload. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly limit?: LimitState | undefined
  /** What it does now, jobs/s over the last 10 s. */
  readonly activity?:
    | {
        readonly running: number
        readonly startRate: number
        readonly endRate: number
        readonly failRate: number
      }
    | undefined
}
