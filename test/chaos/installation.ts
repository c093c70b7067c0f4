/** The product of a chaos run: topics, tables, masters; and what its workers are started with. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import kafkajs, { type Kafka } from 'kafkajs'
import pg from 'pg'
import { topicNames } from '../../core/kafka/topics.ts'
import { type Env, type RunningProcess, runToEnd, startProcess } from '../support/process.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type { Servers } from './servers.ts'

const program = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const handlers = program('test/fixtures/handlers')

export const PARTITIONS = 12
/** A worker that comes up while a server is away may take long. */
const START_LIMIT_MS = 60_000

/** The ways of one worker to the servers. */
export interface Link {
  readonly kafka: KafkaProxy
  readonly database: TcpProxy
}

export interface Installation {
  readonly names: ReturnType<typeof topicNames>
  readonly kafka: Kafka
  readonly pool: pg.Pool
  /** Where the handler notes its runs. */
  readonly runs: string
  readonly masters: readonly [RunningProcess, RunningProcess]
  link(): Promise<Link>
  worker(node: string, link: Link): Promise<RunningProcess>
  close(): Promise<void>
}

/** Installs as `name` and starts two masters, who share the ticks of the schedules. */
export const install = async (servers: Servers, name: string, folder: string): Promise<Installation> => {
  const runs = join(folder, `${name}-runs`)
  mkdirSync(runs)
  const common: Env = {
    PATH: process.env['PATH'] ?? '',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    KAFKA_BROKERS: servers.brokers,
    DATABASE_URL: servers.databaseUrl,
    DATABASE_SCHEMA: name,
    DATABASE_POOL: '4',
    TOPIC_PREFIX: name,
    PARTITIONS: String(PARTITIONS),
    PORT: '0',
    HANDLERS: handlers,
    CHAOS_RUNS: runs,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
  }
  await runToEnd(program('core/install.ts'), common)
  const master = (node: string): Promise<RunningProcess> =>
    startProcess(program('producer/main.ts'), { ...common, NODE_ID: node })
  const masters = await Promise.all([master('master-1'), master('master-2')])
  const kafka = new kafkajs.Kafka({
    brokers: [servers.brokers],
    clientId: `${name}-test`,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
  })
  const pool = new pg.Pool({
    connectionString: servers.databaseUrl,
    max: 2,
    options: `-c search_path=${name}`,
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
    allowExitOnIdle: true,
  })
  // The server goes away under it all the time.
  pool.on('error', () => {})
  return {
    names: topicNames(name),
    kafka,
    pool,
    runs,
    masters,
    async link() {
      return { kafka: await startKafkaProxy(kafka), database: await startTcpProxy(servers.databaseUrl) }
    },
    worker(node, link) {
      const databaseUrl = link.database.through(servers.databaseUrl)
      const env = { KAFKA_BROKERS: link.kafka.brokers, DATABASE_URL: databaseUrl, NODE_ID: node }
      return startProcess(program('consumer/main.ts'), { ...common, ...env }, START_LIMIT_MS)
    },
    async close() {
      await pool.end()
    },
  }
}
