/** What became of the fleet: samples of its state, and the scaler's decisions. Every master writes both, and each is there once. */
import type { Decision } from '../events/event.ts'
import type { Database } from './database.ts'

export interface FleetSample {
  /** Milliseconds since the epoch, a multiple of {@link SAMPLE_MS}: its identity. */
  readonly at: number
  readonly lag: number
  readonly parkedDue: number
  /** Jobs/s. */
  readonly arrivalRate: number
  readonly drainRate: number
  readonly desired: number
  readonly ready: number
}

/** Time between samples. */
export const SAMPLE_MS = 5_000

export const writeSample = async (db: Database, sample: FleetSample): Promise<void> => {
  const { at, lag, parkedDue, arrivalRate, drainRate, desired, ready } = sample
  await db.pool.query({
    name: 'write-fleet-sample',
    text: `insert into fleet_samples (at, lag, parked_due, arrival_rate, drain_rate, desired, ready)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    values: [new Date(at), lag, parkedDue, arrivalRate, drainRate, desired, ready],
  })
}

export const writeDecisions = async (db: Database, decisions: readonly Decision[]): Promise<void> => {
  await db.pool.query({
    name: 'write-fleet-decisions',
    text: `insert into fleet_decisions (at, from_workers, to_workers, shadow, policy, reason)
           select * from unnest($1::timestamptz[], $2::int[], $3::int[], $4::bool[], $5::text[], $6::text[])
               on conflict do nothing`,
    values: [
      decisions.map(({ at }) => new Date(at)),
      decisions.map(({ from }) => from),
      decisions.map(({ to }) => to),
      decisions.map(({ shadow }) => shadow ?? false),
      decisions.map(({ policy }) => policy ?? null),
      decisions.map(({ reason }) => reason),
    ],
  })
}

/** From, before, milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/**
 * Samples in steps of `stepMs`, the oldest first: of those within a step the largest lag and number of workers, so that no peak
 * is lost, and the mean of the rates. A step without samples is absent.
 */
export const readSamples = async (
  db: Database,
  { from, to }: TimeRange,
  stepMs: number,
): Promise<FleetSample[]> => {
  const { rows } = await db.pool.query<Omit<FleetSample, 'at'> & { at: Date }>({
    name: 'read-fleet-samples',
    text: `select date_bin($3 * interval '1 ms', at, timestamptz 'epoch') as at,
                  max(lag)::float8 as lag, max(parked_due)::float8 as "parkedDue",
                  avg(arrival_rate) as "arrivalRate", avg(drain_rate) as "drainRate",
                  max(desired) as desired, max(ready) as ready
             from fleet_samples where at >= $1 and at < $2 group by 1 order by 1`,
    values: [new Date(from), new Date(to), stepMs],
  })
  return rows.map((row) => ({ ...row, at: row.at.getTime() }))
}

interface DecisionRow extends Omit<Decision, 'at' | 'policy' | 'shadow'> {
  readonly at: Date
  readonly policy: NonNullable<Decision['policy']> | null
  readonly shadow: boolean
}

/** The newest first. */
export const readDecisions = async (
  db: Database,
  { from, to }: TimeRange,
  limit: number,
): Promise<Decision[]> => {
  const { rows } = await db.pool.query<DecisionRow>({
    name: 'read-fleet-decisions',
    text: `select at, from_workers as from, to_workers as to, reason, policy, shadow
             from fleet_decisions where at >= $1 and at < $2
            order by at desc, from_workers desc, to_workers desc, shadow desc limit $3`,
    values: [new Date(from), new Date(to), limit],
  })
  return rows.map(({ at, policy, shadow, ...row }) => ({
    at: at.toISOString(),
    ...row,
    ...(policy === null ? {} : { policy }),
    ...(shadow ? { shadow } : {}),
  }))
}
