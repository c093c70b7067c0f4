/** Reservations: which job an Idempotency-Key stands for. The row is written before the job is published. */
import type { Database } from './database.ts'

export interface Reservation {
  readonly jobId: string
  readonly bodyHash: Buffer
  /** False: the job may not be in the log yet, so a repeat publishes it again under the same id. */
  readonly published: boolean
}

/** Reserves a key for a job, or gives back what it is reserved for already. */
export const reserve = async (
  db: Database,
  tenant: string,
  key: string,
  bodyHash: Buffer,
  jobId: string,
): Promise<Reservation & { readonly isNew: boolean }> => {
  const inserted = await db.query
    .insertInto('reservations')
    .values({ tenant, key, body_hash: bodyHash, job_id: jobId, published: false, created_at: new Date() })
    .onConflict((conflict) => conflict.columns(['tenant', 'key']).doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) return { jobId, bodyHash, published: false, isNew: true }
  const row = await db.query
    .selectFrom('reservations')
    .select(['job_id', 'body_hash', 'published'])
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .executeTakeFirst()
  // Gone between the two statements: it expired, so the next try reserves it anew.
  if (!row) return reserve(db, tenant, key, bodyHash, jobId)
  return { jobId: row.job_id, bodyHash: row.body_hash, published: row.published, isNew: false }
}

export const markPublished = async (db: Database, tenant: string, key: string): Promise<void> => {
  await db.query
    .updateTable('reservations')
    .set({ published: true })
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .execute()
}

/** The tenant of the reservations for a job's children; their keys are the children's numbers. */
const tenantOf = (parent: string): string => `job ${parent}`

export interface ChildReservation extends Reservation {
  /** The child's number. */
  readonly number: number
}

/**
 * Reserves ids for children of a job, or gives back what their numbers are reserved for already. One statement for new ones, however
 * many. In the order given.
 */
export const reserveChildren = async (
  db: Database,
  parent: string,
  children: readonly Omit<ChildReservation, 'published'>[],
): Promise<ChildReservation[]> => {
  const tenant = tenantOf(parent)
  const keys = children.map(({ number }) => String(number))
  const { rows: inserted } = await db.pool.query<{ key: string }>({
    name: 'reserve-children',
    text: `insert into reservations (tenant, key, body_hash, job_id, published, created_at)
           select $1, key, hash, id, false, now() from unnest($2::text[], $3::bytea[], $4::uuid[]) as _(key, hash, id)
           on conflict (tenant, key) do nothing returning key`,
    values: [tenant, keys, children.map(({ bodyHash }) => bodyHash), children.map(({ jobId }) => jobId)],
  })
  if (inserted.length === children.length) return children.map((it) => ({ ...it, published: false }))
  const { rows } = await db.pool.query<{ key: string; id: string; hash: Buffer; published: boolean }>({
    name: 'reserved-children',
    text: `select key, job_id as id, body_hash as hash, published from reservations
            where tenant = $1 and key = any($2::text[])`,
    values: [tenant, keys],
  })
  const byKey = new Map(rows.map((row) => [row.key, row]))
  // One that expired between the two statements is reserved anew.
  if (byKey.size < children.length) return reserveChildren(db, parent, children)
  return children.map((it) => {
    const row = byKey.get(String(it.number))
    return row
      ? { number: it.number, jobId: row.id, bodyHash: row.hash, published: row.published }
      : { ...it, published: false }
  })
}

/** Says that children of a job, by their numbers, are in the log. */
export const markChildrenPublished = async (
  db: Database,
  parent: string,
  numbers: readonly number[],
): Promise<void> => {
  await db.pool.query({
    name: 'children-published',
    text: 'update reservations set published = true where tenant = $1 and key = any($2::text[])',
    values: [tenantOf(parent), numbers.map(String)],
  })
}

/** The children of these jobs that have no outcome. */
export const unendedChildren = async (db: Database, parents: readonly string[]): Promise<string[]> => {
  const { rows } = await db.pool.query<{ id: string }>({
    name: 'unended-children',
    text: `select job_id as id from reservations r
            where tenant = any($1::text[]) and not exists (select from outcomes where outcomes.id = r.job_id)`,
    values: [parents.map(tenantOf)],
  })
  return rows.map(({ id }) => id)
}
