/** What is not ours to start is looked at before anything else is: each failure is one sentence with its variable. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import pg from 'pg'
import { pino } from 'pino'
import type { Config } from '../core/config.ts'
import { AppError, codeOf } from '../core/errors.ts'
import { createKafka } from '../core/kafka/client.ts'
import { messageOf, whyNotFree, whyNotReached } from './ports.ts'

const OLDEST_POSTGRES = 15

const refuse = (message: string, cause?: unknown): AppError =>
  new AppError('SETUP_FAILED', message, { cause })

/** @throws AppError SETUP_FAILED where nobody can listen on that port */
export const checkPort = async (port: number, host: string): Promise<void> => {
  const why = port === 0 ? undefined : await whyNotFree(port, host)
  if (why === undefined) return
  if (why === 'EADDRINUSE') throw refuse(`port ${port} of ${host} is taken: PORT=${port + 1} make run`)
  if (why === 'EACCES') throw refuse(`port ${port} needs more rights than this user has: PORT=8080 make run`)
  throw refuse(`nobody can listen on ${host}, port ${port} (${why}): see HOST and PORT`)
}

/** @throws AppError SETUP_FAILED where the folder can't be made or written */
export const checkDataDir = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw refuse(
      `the data folder ${dataDir} can’t be written (${codeOf(error)}): DATA_DIR=/var/tmp/anomalyguard make run`,
      error,
    )
  }
}

/** @throws AppError SETUP_FAILED where no broker answers */
export const checkKafka = async (config: Config['kafka']): Promise<void> => {
  // First as plain connections: kafkajs would try a refused one again and again.
  const reasons = await Promise.all(
    (config.brokers ?? []).map((broker) => {
      const [, host = '', port] = /^(.*):(\d+)$/.exec(broker) ?? []
      return whyNotReached(Number(port), host.replace(/^\[|\]$/g, ''))
    }),
  )
  if (!reasons.includes(undefined)) throw refuse(`Kafka is unreachable: ${reasons[0]} (KAFKA_BROKERS)`)
  const admin = createKafka(config, 'local', pino({ level: 'silent' })).admin({ retry: { retries: 1 } })
  try {
    await admin.connect()
    await admin.describeCluster()
  } catch (error) {
    throw refuse(`Kafka is unreachable: ${messageOf(error)} (KAFKA_BROKERS)`, error)
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

/** @throws AppError SETUP_FAILED where the server refuses us, or is too old */
export const checkPostgres = async (url: string): Promise<void> => {
  let client: pg.Client | undefined
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
    const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000)
    if (major < OLDEST_POSTGRES) {
      throw new Error(`it is version ${major}, and ${OLDEST_POSTGRES} or later is needed`)
    }
  } catch (error) {
    throw refuse(`PostgreSQL refused: ${messageOf(error)} (DATABASE_URL)`, error)
  } finally {
    await client?.end().catch(() => {})
  }
}
