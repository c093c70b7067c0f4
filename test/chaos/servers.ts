/** Kafka and PostgreSQL of a chaos run: its own, on a folder of its own, stopped and started again at the same address. */
import { setTimeout as delay } from 'node:timers/promises'
import { type LocalKafka, startKafka } from '../../local/kafka.ts'
import { logFolder } from '../../local/logs.ts'
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts'

export type Restart = 'stop' | 'kill'

export interface Servers {
  /** `host:port` */
  readonly brokers: string
  readonly databaseUrl: string
  /** Folder of what they log. */
  readonly logs: string
  /** Ends it, waits, and starts it on what it has left; resolves when it answers again. */
  restartBroker(how: Restart, downMs: number): Promise<void>
  restartDatabase(how: Restart, downMs: number): Promise<void>
  stop(): Promise<void>
}

interface Server {
  readonly exited: Promise<unknown>
  stop(): Promise<unknown>
  kill(): void
}

const restart = async <S extends Server>(
  server: S,
  how: Restart,
  downMs: number,
  start: () => Promise<S>,
): Promise<S> => {
  if (how === 'kill') server.kill()
  else await server.stop()
  await server.exited
  await delay(downMs)
  return start()
}

/** @throws AppError SETUP_FAILED */
export const startServers = async (dataDir: string): Promise<Servers> => {
  const options = { dataDir, log: () => {} }
  const broker = (): Promise<LocalKafka> => startKafka(options)
  const database = (): Promise<LocalPostgres> => startPostgres(options)
  const [kafkaUp, postgresUp] = await Promise.allSettled([broker(), database()])
  if (kafkaUp.status === 'rejected' || postgresUp.status === 'rejected') {
    for (const it of [kafkaUp, postgresUp]) if (it.status === 'fulfilled') await it.value.stop()
    throw kafkaUp.status === 'rejected'
      ? kafkaUp.reason
      : postgresUp.status === 'rejected'
        ? postgresUp.reason
        : undefined
  }
  let [kafka, postgres] = [kafkaUp.value, postgresUp.value]
  const { brokers } = kafka
  const { url } = postgres
  return {
    brokers,
    databaseUrl: url,
    logs: logFolder(dataDir),
    async restartBroker(how, downMs) {
      kafka = await restart(kafka, how, downMs, broker)
      if (kafka.brokers !== brokers) throw new Error(`the broker came back at ${kafka.brokers}`)
    },
    async restartDatabase(how, downMs) {
      postgres = await restart(postgres, how, downMs, database)
      if (postgres.url !== url) throw new Error(`the database came back at ${new URL(postgres.url).host}`)
    },
    async stop() {
      await Promise.all([kafka.stop(), postgres.stop()])
    },
  }
}
