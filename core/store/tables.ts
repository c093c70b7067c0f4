/** The tables as kysely sees them; `migrations/` makes them. */
import type { Generated } from 'kysely'
import type { OutcomeStatus } from '../job.ts'
import type { ParkReason } from '../parking.ts'
import type { MissedPolicy, OverlapPolicy } from '../schedule.ts'

/** `json` columns are text here: written as JSON, read as JSON, parsed where needed. */
export interface OutcomesTable {
  id: string
  /** Null: it was cancelled in the log, and its record was not read yet. */
  type: string | null
  key: string | null
  status: OutcomeStatus
  topic: string
  partition: number
  offset: bigint | null
  attempts: string
  submitted_at: Date
  started_at: Date | null
  finished_at: Date
  worker: string | null
  schedule: string | null
  result: string | null
  error: string | null
}

export interface ReservationsTable {
  tenant: string
  key: string
  body_hash: Buffer
  job_id: string
  published: boolean
  created_at: Date
}

export interface ParkedTable {
  id: string
  topic: string
  partition: number
  offset: bigint | null
  key: string | null
  type: string
  value: Buffer
  traceparent: string | null
  reason: ParkReason
  sequence: bigint | null
  /** `Infinity` for 'infinity'. */
  due: Date | number
  held_by: string | null
  attempt: number
  attempts_before: number
  attempts: string
  submitted_at: Date
  parked_at: Generated<Date>
}

export interface DeadLettersTable {
  id: string
  replayable: boolean
  topic: string
  partition: number
  offset: bigint | null
  type: string | null
  key: string | null
  value: Buffer | null
  traceparent: string | null
  code: string
  message: string
  attempts: string
  submitted_at: Date | null
  died_at: Date
}

export interface SchedulesTable {
  name: string
  cron: string | null
  interval_ms: bigint | null
  timezone: string
  starts_at: Date
  job: string
  missed: MissedPolicy
  overlap: OverlapPolicy
  paused: Generated<boolean>
  next_at: Date | null
  last_job_id: string | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface ScheduleTicksTable {
  schedule: string
  at: Date
  job_id: string | null
  skipped: string | null
}

export interface LimitsTable {
  subject: string
  paused: Generated<boolean>
  concurrency: number | null
  rate: number | null
  next_start: Generated<Date>
  updated_at: Generated<Date>
}

export interface PermitsTable {
  subject: string
  job_id: string
  owner: string
  expires_at: Date
}

export interface Tables {
  parked: ParkedTable
  dead_letters: DeadLettersTable
  schedules: SchedulesTable
  schedule_ticks: ScheduleTicksTable
  limits: LimitsTable
  permits: PermitsTable
  outcomes: OutcomesTable
  reservations: ReservationsTable
}
