/** A row of `parked`, as statements read it. */
import { parseAttempts } from '../job.ts'
import type { ParkedJob, ParkReason } from '../parking.ts'

/** Milliseconds until `due`; null where that is never. */
export const DUE_IN = `case when due < 'infinity' then date_part('epoch', due - clock_timestamp()) * 1000 end as due_in`

/** All but the value and when it was parked. */
export interface ParkedRow {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint | null
  readonly key: string | null
  readonly type: string
  readonly traceparent: string | null
  readonly reason: ParkReason
  readonly sequence: bigint | null
  readonly due_in: number | null
  readonly held_by: string | null
  readonly attempt: number
  readonly attempts_before: number
  readonly attempts: string
  readonly submitted_at: Date
}

export const PARKED_COLUMNS = `id, topic, partition, "offset", key, type, traceparent, reason, sequence, ${DUE_IN},
  held_by, attempt, attempts_before, attempts, submitted_at`

export const toParked = (row: ParkedRow): Omit<ParkedJob, 'value'> => ({
  id: row.id,
  topic: row.topic,
  partition: row.partition,
  offset: row.offset === null ? undefined : Number(row.offset),
  key: row.key ?? undefined,
  type: row.type,
  traceparent: row.traceparent ?? undefined,
  reason: row.reason,
  sequence: row.sequence === null ? undefined : Number(row.sequence),
  dueInMs: row.due_in ?? Number.POSITIVE_INFINITY,
  heldBy: row.held_by ?? undefined,
  attempt: row.attempt,
  attemptsBefore: row.attempts_before,
  attempts: parseAttempts(row.attempts),
  submittedAt: row.submitted_at.getTime(),
})
