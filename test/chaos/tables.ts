/** Reads what a run has left in PostgreSQL. */
import type pg from 'pg'
import { z } from 'zod'
import type { Letter, OutcomeRow, ParkedRow, Stamp, TickRow } from './evidence.ts'

const stamp = z.object({ id: z.string(), run: z.string(), pid: z.int(), start: z.number(), end: z.number() })
const attempts = z.array(z.object({ attempt: z.int(), error: z.object({ message: z.string() }).optional() }))

const stampOf = (value: unknown): Stamp[] => {
  try {
    const parsed = stamp.safeParse(typeof value === 'string' ? JSON.parse(value) : value)
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}

interface PlaceRow {
  readonly topic: string
  readonly partition: number
  readonly offset: string | null
}

const placeOf = ({ topic, partition, offset }: PlaceRow) => ({
  topic,
  partition,
  offset: offset === null ? undefined : Number(offset),
})

const PLACE = 'topic, partition, "offset"::text'

interface Row extends PlaceRow {
  readonly id: string
  readonly key: string | null
  readonly status: string
  readonly worker: string | null
  readonly attempts: unknown
  readonly result: unknown
}

export const readOutcomes = async (pool: pg.Pool): Promise<OutcomeRow[]> => {
  const { rows } = await pool.query<Row>(
    `select id::text, key, status, ${PLACE}, worker, attempts, result from outcomes order by id`,
  )
  return rows.map((row) => {
    const each = attempts.parse(row.attempts)
    return {
      id: row.id,
      key: row.key ?? undefined,
      status: row.status,
      ...placeOf(row),
      worker: row.worker ?? undefined,
      hasResult: row.result !== null,
      attempts: each.map(({ attempt }) => attempt),
      stamps: [
        ...each.flatMap(({ error }) => (error === undefined ? [] : stampOf(error.message))),
        ...stampOf(row.result),
      ],
    }
  })
}

export const readLetters = async (pool: pg.Pool): Promise<Letter[]> => {
  const { rows } = await pool.query<
    PlaceRow & { readonly id: string; readonly replayable: boolean; readonly value: Buffer | null }
  >(`select id::text, replayable, ${PLACE}, value from dead_letters order by id`)
  return rows.map((row) => ({
    id: row.id,
    replayable: row.replayable,
    ...placeOf(row),
    value: row.value?.toString(),
  }))
}

export const readParked = async (pool: pg.Pool): Promise<ParkedRow[]> => {
  const { rows } = await pool.query<
    PlaceRow & { readonly id: string; readonly key: string | null; readonly reason: string }
  >(`select id::text, key, reason, ${PLACE} from parked order by id`)
  return rows.map((row) => ({ id: row.id, key: row.key ?? undefined, reason: row.reason, ...placeOf(row) }))
}

export const readTicks = async (pool: pg.Pool): Promise<TickRow[]> => {
  const { rows } = await pool.query<{
    schedule: string
    at: Date
    jobId: string | null
    skipped: string | null
  }>('select schedule, at, job_id::text as "jobId", skipped from schedule_ticks order by schedule, at')
  return rows.map(({ schedule, at, jobId, skipped }) => ({
    schedule,
    at: at.getTime(),
    jobId: jobId ?? undefined,
    skipped: skipped ?? undefined,
  }))
}

/** Ids of jobs that are dead letters now. */
export const deadJobs = async (pool: pg.Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string }>('select id::text from dead_letters where replayable')
  return rows.map(({ id }) => id)
}

/** Whether all ticks that are due are written. */
export const ticksAreWritten = async (pool: pg.Pool): Promise<boolean> => {
  const { rows } = await pool.query('select from schedules where not paused and next_at <= now()')
  return rows.length === 0
}

export const parkedJobs = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int from parked')
  return rows[0]?.count ?? 0
}
