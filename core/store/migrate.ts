import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { type Config, required } from '../config.ts'
import { codeOf } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Database } from './database.ts'

const folder = fileURLToPath(new URL('migrations', import.meta.url))

/** Brings the schema up to date, in one transaction a migration. Concurrent callers wait for each other. */
export const migrate = async (config: Config['database'], log: Logger): Promise<number> => {
  const done = await runner({
    databaseUrl: required(config.url, 'DATABASE_URL'),
    dir: folder,
    direction: 'up',
    schema: config.schema,
    createSchema: true,
    advisoryLockMode: 'wait',
    migrationsTable: 'migrations',
    logger: {
      debug: (message) => log.trace(message),
      info: (message) => log.debug(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  })
  return done.length
}

const UNDEFINED_TABLE = '42P01'

/** The migrations that the schema does not have yet, the first first. */
export const missingMigrations = async ({ pool }: Database): Promise<readonly string[]> => {
  const all = (await readdir(folder)).map((file) => file.replace(/\.sql$/, '')).sort()
  try {
    const { rows } = await pool.query<{ name: string }>('select name from migrations')
    const done = new Set(rows.map(({ name }) => name))
    return all.filter((name) => !done.has(name))
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return all
    throw error
  }
}
