import { toError } from '../errors.ts'
import type { Database } from './database.ts'

/**
 * Does `work` while nobody else does, of those that use the same tables; false where somebody does, at once. The lock is that of a
 * connection, which is held meanwhile: it is let go with the process.
 * @throws whatever `work` throws, or PostgreSQL
 */
export const exclusively = async (
  db: Database,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> => {
  const client = await db.pool.connect()
  let failure: Error | undefined
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(hashtextextended(current_schema || '.' || $1, 0)) as locked`,
      [name],
    )
    if (rows[0]?.locked !== true) return false
    try {
      await work()
    } finally {
      await client.query(`select pg_advisory_unlock(hashtextextended(current_schema || '.' || $1, 0))`, [
        name,
      ])
    }
    return true
  } catch (error) {
    // Closed, not put back: so the lock is gone, whatever went wrong.
    failure = toError(error)
    throw error
  } finally {
    client.release(failure)
  }
}
