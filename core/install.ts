/**
 * The installation: makes the database's tables, the topics and the groups' first offsets. Safe to repeat.
 * `node core/install.ts`
 */
import { readConfig } from './config.ts'
import { AppError } from './errors.ts'
import { createKafka, isRetriable } from './kafka/client.ts'
import { installTopics } from './kafka/topics.ts'
import { whilePassing } from './retry.ts'
import { migrate } from './store/migrate.ts'
import { createLogger } from './telemetry/logger.ts'

export const install = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const config = readConfig(env, 'master')
  const log = createLogger(config.logLevel, config.nodeId)
  const kafka = createKafka(config.kafka, config.nodeId, log)
  const admin = kafka.admin()
  await Promise.all([
    migrate(config.database, log),
    admin
      .connect()
      // A broker that has just started has no group coordinator for a moment.
      .then(() => whilePassing(() => installTopics(kafka, admin, config), isRetriable, 60_000))
      .finally(() => admin.disconnect()),
  ])
  log.info('installed')
}

if (import.meta.main) {
  install(process.env).catch((error: unknown) => {
    console.error(error instanceof AppError ? error.message : error)
    process.exitCode = 1
  })
}
