/** What the API answers of schedules; as types.ts. */
import type { Priority } from './types.ts'

export type MissedPolicy = 'skip' | 'once' | 'all'
export type OverlapPolicy = 'allow' | 'skip' | 'queue'

/** What is submitted at each tick. */
export interface ScheduleJob {
  readonly type: string
  readonly payload?: unknown
  readonly key?: string | undefined
  readonly priority?: Priority | undefined
  readonly maxAttempts?: number | undefined
  readonly timeoutMs?: number | undefined
  readonly backoffMs?: number | undefined
  readonly maxBackoffMs?: number | undefined
}
export interface Schedule {
  readonly name: string
  readonly cron?: string | undefined
  readonly intervalMs?: number | undefined
  readonly timezone: string
  readonly startAt: string
  readonly job: ScheduleJob
  readonly missed: MissedPolicy
  readonly overlap: OverlapPolicy
  readonly paused: boolean
  /** Absent while paused. */
  readonly nextAt?: string | undefined
  readonly createdAt: string
  readonly updatedAt: string
}
export interface SchedulePage {
  readonly schedules: readonly Schedule[]
  readonly next?: string | undefined
}
export interface ScheduleTick {
  readonly at: string
  readonly jobId?: string | undefined
  /** Why it was left out: `missed` or `overlap`. */
  readonly skipped?: string | undefined
}
export interface ScheduleDetails extends Schedule {
  /** The next 5 ticks. */
  readonly next: readonly string[]
  /** The last 20, newest first. */
  readonly recent: readonly ScheduleTick[]
}
