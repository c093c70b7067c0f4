import type pg from 'pg'
import { codeOf } from '../errors.ts'
import type { Database } from './database.ts'

/** Whatever takes statements: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>

/** Two that waited for each other, one of which was told to try again. */
const COLLISION = /^(40001|40P01)$/
const TRIES = 4

const once = async <T>(db: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    // One that can't roll back is closed: the server does it then.
    client.release(broken)
  }
}

/** Does `work` in one transaction. It is done again, from its beginning, where it collided with another. */
export const inTransaction = async <T>(
  db: Database,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await once(db, work)
    } catch (error) {
      if (tries === TRIES || !COLLISION.test(codeOf(error))) throw error
    }
  }
}
