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
