/** One Kafka and one PostgreSQL for all test files of a run. */
import { startKafka } from '../../local/kafka.ts'
import { startPostgres } from '../../local/postgres.ts'

export interface Servers {
  readonly env: { readonly KAFKA_BROKERS: string; readonly DATABASE_URL: string }
  stop(): Promise<void>
}

/** Those that the environment names, else new ones. @throws AppError SETUP_FAILED */
export const provideServers = async (
  env: NodeJS.ProcessEnv,
  dataDir: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Servers> => {
  const [brokers, url] = [env['KAFKA_BROKERS'] ?? '', env['DATABASE_URL'] ?? '']
  const started: { stop(): Promise<unknown> }[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()))
  }
  const note = <S extends { stop(): Promise<unknown> }>(server: S): S => {
    started.push(server)
    return server
  }
  const kafkaLog = (line: string): void => log(`kafka: ${line}`)
  const [kafka, postgres] = await Promise.allSettled([
    brokers === '' ? startKafka({ dataDir, log: kafkaLog, signal }).then(note) : { brokers },
    url === '' ? startPostgres({ dataDir, log: () => {}, signal }).then(note) : { url },
  ])
  if (kafka.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return { env: { KAFKA_BROKERS: kafka.value.brokers, DATABASE_URL: postgres.value.url }, stop }
  }
  await stop()
  throw kafka.status === 'rejected'
    ? kafka.reason
    : postgres.status === 'rejected'
      ? postgres.reason
      : undefined
}
