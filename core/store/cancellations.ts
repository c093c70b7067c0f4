/**
 * A cancellation is an outcome: whoever comes to another one later is too late, so no result can follow it. Of a job that waits in the
 * log it may lack what only the record holds.
 */
import type { Attempt, JobError } from '../job.ts'
import type { Database } from './database.ts'
import { tell } from './tell.ts'
import { inTransaction } from './transaction.ts'

/** A job to be cancelled, with what is known of it. Where it is parked its row has the last word. */
export interface Cancellation {
  readonly id: string
  readonly type?: string | undefined
  readonly key?: string | undefined
  /** Undefined: in no topic of now. Then it is cancelled where it is parked. */
  readonly topic: string | undefined
  readonly partition: number
  readonly offset?: number | undefined
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
  readonly startedAt?: number | undefined
  readonly attempts?: readonly Attempt[] | undefined
  readonly worker?: string | undefined
}

export const cancelledError: JobError = { code: 'CANCELLED', message: 'cancelled by request' }

/**
 * The outcome before the parked row, and both in the order of ids, as workers record them: they wait for each other, but not in
 * a circle.
 */
const CANCEL = `
  with given as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::json[],
      $8::timestamptz[], $9::timestamptz[], $10::text[])
      as _(id, type, key, topic, partition, "offset", attempts, submitted_at, started_at, worker)
  )
  insert into outcomes (id, type, key, status, topic, partition, "offset", attempts,
    submitted_at, started_at, finished_at, worker, result, error, schedule)
  select g.id, coalesce(p.type, g.type), coalesce(p.key, g.key), 'cancelled', coalesce(p.topic, g.topic),
         coalesce(p.partition, g.partition), coalesce(p."offset", g."offset"),
         -- One that runs has an attempt more than its row knows of.
         case when json_array_length(p.attempts) >= json_array_length(g.attempts) then p.attempts else g.attempts end,
         coalesce(p.submitted_at, g.submitted_at),
         coalesce((p.attempts -> 0 ->> 'startedAt')::timestamptz, g.started_at),
         now(), coalesce(g.worker, p.attempts -> -1 ->> 'worker'), null, $11::json,
         (select json_build_object('name', t.schedule, 'at', to_char(t.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            from schedule_ticks t where t.job_id = p.id)
    from given g left join parked p on p.id = g.id
   where coalesce(p.topic, g.topic) is not null
   order by g.id
  on conflict (id) do nothing
  returning id`

/** Jobs in one transaction. */
const STEP = 500

const cancelStep = (db: Database, schema: string, jobs: readonly Cancellation[]): Promise<string[]> => {
  const column = <T>(pick: (job: Cancellation) => T): T[] => jobs.map(pick)
  return inTransaction(db, async (client) => {
    const { rows } = await client.query<{ id: string }>(CANCEL, [
      column((it) => it.id),
      column((it) => it.type ?? null),
      column((it) => it.key ?? null),
      column((it) => it.topic ?? null),
      column((it) => it.partition),
      column((it) => it.offset ?? null),
      column((it) => JSON.stringify(it.attempts ?? [])),
      column((it) => new Date(it.submittedAt)),
      column((it) => (it.startedAt === undefined ? null : new Date(it.startedAt))),
      column((it) => it.worker ?? null),
      JSON.stringify(cancelledError),
    ])
    const ids = rows.map(({ id }) => id)
    if (ids.length === 0) return ids
    // With eyes of its own: a job that was parked while its outcome was being written is seen now.
    await client.query(
      `with gone as (
         delete from parked where id in (select id from parked where id = any($1::uuid[]) order by id for update)
         returning id, type, key, "offset"
       )
       update outcomes o set type = coalesce(o.type, gone.type), key = coalesce(o.key, gone.key), "offset" = gone."offset"
         from gone where o.id = gone.id and o."offset" is null`,
      [ids],
    )
    await tell(client, schema, { kind: 'cancelled', ids })
    return ids
  })
}

/**
 * Cancels jobs, in steps of one transaction each; resolves to the ids of those that are cancelled by this. What is not among them had its
 * outcome already.
 */
export const cancelJobs = async (
  db: Database,
  schema: string,
  jobs: readonly Cancellation[],
): Promise<Set<string>> => {
  const cancelled = new Set<string>()
  const sorted = [...new Map(jobs.map((it) => [it.id, it])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (let from = 0; from < sorted.length; from += STEP) {
    for (const id of await cancelStep(db, schema, sorted.slice(from, from + STEP))) cancelled.add(id)
  }
  return cancelled
}
