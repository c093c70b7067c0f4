/**
 * The installation: makes the database's tables, the topics and the groups' first offsets. Safe to repeat.
 * `node core/install.ts`
 */
import { type Config, readConfig } from './config.ts'
import { AppError } from './errors.ts'
import { createKafka, isRetriable } from './kafka/client.ts'
import { installTopics } from './kafka/topics.ts'
import { untilDone, whilePassing } from './retry.ts'
import { openDatabase } from './store/database.ts'
import { migrate } from './store/migrate.ts'
import { createLogger, type Logger } from './telemetry/logger.ts'

/** Waits until both servers answer, or for as long as the configuration has it: what is away then, the installation fails with. */
const serversAnswer = async (config: Config, log: Logger): Promise<void> => {
  const limit = AbortSignal.timeout(config.installWaitMs)
  const reached = (what: string, attempt: () => Promise<unknown>): Promise<unknown> =>
    untilDone(attempt, `${what} can’t be reached`, log, limit)
  const db = openDatabase({ ...config.database, pool: 1 }, config.nodeId, log)
  const admin = createKafka(config.kafka, config.nodeId, log).admin()
  try {
    await Promise.all([
      reached('PostgreSQL', () => db.pool.query('select 1')),
      reached('Kafka', () => admin.connect()),
    ])
  } finally {
    await Promise.all([db.close(), admin.disconnect()])
  }
}

export const install = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const config = readConfig(env, 'master')
  const log = createLogger(config.logLevel, config.nodeId)
  const kafka = createKafka(config.kafka, config.nodeId, log)
  if (config.installWaitMs > 0) await serversAnswer(config, log)
  const admin = kafka.admin()
  await migrate(config.database, log)
  try {
    await admin.connect()
    // A broker that has just started has no group coordinator for a moment.
    await whilePassing(() => installTopics(kafka, admin, config), isRetriable, 60_000)
  } finally {
    await admin.disconnect()
  }
  log.info('installed')
}

if (import.meta.main) {
  // The first process of a container is deaf to signals that it does not ask for. What is cut short here is begun anew.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))
  // What kafkajs has left open is no reason to stay.
  install(process.env).then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error instanceof AppError ? error.message : error)
      process.exit(1)
    },
  )
}
