/** The tables as kysely sees them; `migrations/` makes them. */
import type { OutcomeStatus } from '../job.ts'

/** `json` columns are text here: written as JSON, read as JSON, parsed where needed. */
export interface OutcomesTable {
  id: string
  type: string
  key: string | null
  status: OutcomeStatus
  topic: string
  partition: number
  offset: bigint
  attempts: string
  submitted_at: Date
  started_at: Date | null
  finished_at: Date
  worker: string
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

export interface Tables {
  outcomes: OutcomesTable
  reservations: ReservationsTable
}
