/**
 * Permits to start jobs under limits, for the whole fleet. Of a limit of concurrency each job that runs holds one for as long as its
 * owner renews it; of a limit of rate it takes a start, by the generic cell rate algorithm (ITU-T I.371): even in the long run, a
 * quarter of a second's worth at once.
 */
import type { Subject } from '../limits.ts'
import type { Database } from './database.ts'

export interface Ask {
  readonly jobId: string
  /** The limits that it is under. */
  readonly subjects: readonly Subject[]
}

/**
 * Which of these jobs may start now, asked in their order: a job has permits of all its subjects, or none. A subject without a
 * limit has room for everybody. Asking again for what was granted already, by the same `owner`, counts once.
 * One round trip; those who ask for the same limits at once are served one after the other.
 */
export const takePermits = async (
  db: Database,
  owner: string,
  asks: readonly Ask[],
  leaseMs: number,
): Promise<Set<string>> => {
  if (asks.length === 0) return new Set()
  const pairs = asks.flatMap(({ subjects }, n) => subjects.map((subject) => [n + 1, subject] as const))
  const { rows } = await db.pool.query<{ job: string }>({
    name: 'take-permits',
    text: `select take_permits($1, $2::uuid[], $3::int[], $4::text[], $5 * interval '1 ms') as job`,
    values: [
      owner,
      asks.map(({ jobId }) => jobId),
      pairs.map(([n]) => n),
      pairs.map(([, subject]) => subject),
      leaseMs,
    ],
  })
  return new Set(rows.map(({ job }) => job))
}

/** In this order everywhere, so that nobody waits in a circle. */
const LOCKED = 'order by subject, job_id for update'

/**
 * These jobs still run. A permit that has expired is not renewed: another job may have its place. One that is not named here runs
 * out: it was granted, and the answer was lost.
 */
export const renewPermits = async (
  db: Database,
  owner: string,
  jobIds: readonly string[],
  leaseMs: number,
): Promise<void> => {
  await db.pool.query({
    name: 'renew-permits',
    text: `update permits set expires_at = clock_timestamp() + $3 * interval '1 ms'
            where (subject, job_id) in (
              select subject, job_id from permits
               where owner = $1 and job_id = any($2::uuid[]) and expires_at > clock_timestamp() ${LOCKED})`,
    values: [owner, jobIds, leaseMs],
  })
}

/** These jobs run no more. Tells nobody: who waits asks again soon. */
export const releasePermits = async (
  db: Database,
  owner: string,
  jobIds: readonly string[],
): Promise<void> => {
  await db.pool.query({
    name: 'release-permits',
    text: `delete from permits
            where (subject, job_id) in (
              select subject, job_id from permits where owner = $1 and job_id = any($2::uuid[]) ${LOCKED})`,
    values: [owner, jobIds],
  })
}
