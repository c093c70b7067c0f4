import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { type Config, required } from '../config.ts'
import type { Logger } from '../telemetry/logger.ts'

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
