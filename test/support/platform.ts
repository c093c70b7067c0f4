/** An installation for one test file: topics, groups and tables of its own, masters and workers as real processes. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import kafkajs, { type Kafka } from 'kafkajs'
import pg from 'pg'
import { type Env, type RunningProcess, runToEnd, startProcess } from './process.ts'

const program = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The folder of the handlers that tests use. */
export const testHandlers = fileURLToPath(new URL('../fixtures/handlers', import.meta.url))

export type TopicName = 'jobs' | 'jobs.high' | 'jobs.low' | 'control' | 'dead' | 'events'

export interface Platform {
  readonly prefix: string
  readonly brokers: readonly string[]
  /** A client of the test's own, which shares nothing with the product. */
  readonly kafka: Kafka
  topic(name: TopicName): string
  /** Runs the installation once more. Gives its output; rejects where it fails. */
  install(env?: Env): Promise<string>
  master(env?: Env): Promise<RunningProcess>
  worker(env?: Env): Promise<RunningProcess>
  /** With workers of its own. */
  scaler(env?: Env): Promise<RunningProcess>
  /** The external scaler, without Kubernetes. */
  externalScaler(env?: Env): Promise<RunningProcess>
  /** Asks the database, in the installation's schema. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Ends every process and removes topics, groups and tables. A process that does not end well fails the test file. */
  stop(): Promise<void>
}

const setting = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} must be set: run it with test/run.ts`)
  return value
}

const cleanUp = async (kafka: Kafka, prefix: string): Promise<void> => {
  const admin = kafka.admin({ retry: { retries: 3 } })
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    const { groups } = await admin.listGroups()
    const own = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix))
    // A group whose last member has just left may not be empty yet; what remains of it is nothing.
    if (own.length > 0) await admin.deleteGroups(own).catch(() => {})
  } finally {
    await admin.disconnect()
  }
}

/** An error of a hook in `after` would keep uvu from its summary. */
const failFile = (why: unknown): void => {
  console.error(why)
  process.once('exit', () => {
    process.exitCode = 1
  })
}

/** What runs before a suite's tests. uvu itself says nothing of one that throws. */
export const setUp = (
  test: { before(hook: () => Promise<void>): void },
  prepare: () => Promise<void>,
): void =>
  test.before(async () => {
    try {
      await prepare()
    } catch (error) {
      console.error(error)
      throw error
    }
  })

/**
 * Installs. `env` holds for all of its processes, and for the test's own clients where it names other servers; `name` is
 * lower case letters and digits.
 */
export const startPlatform = (name: string, env: Env = {}): Promise<Platform> => install(name, env)

const install = async (name: string, env: Env): Promise<Platform> => {
  const prefix = `t${name}${randomBytes(4).toString('hex')}`
  const databaseUrl = env['DATABASE_URL'] ?? setting('DATABASE_URL')
  const brokers = (env['KAFKA_BROKERS'] ?? setting('KAFKA_BROKERS')).split(',')
  const common: Env = {
    PATH: process.env['PATH'] ?? '',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
    DATABASE_SCHEMA: prefix,
    DATABASE_POOL: '4',
    TOPIC_PREFIX: prefix,
    PARTITIONS: '4',
    PORT: '0',
    HANDLERS: testHandlers,
    LOG_LEVEL: 'info',
    ...env,
  }
  const kafka = new kafkajs.Kafka({ brokers, clientId: `${prefix}-test`, logLevel: kafkajs.logLevel.NOTHING })
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 2,
    options: `-c search_path=${prefix}`,
    allowExitOnIdle: true,
  })
  // Where a test ends the server; the pool replaces the connection.
  pool.on('error', () => {})
  const starting: Promise<RunningProcess>[] = []
  let nodes = 0
  const start = (path: string, node: string, own: Env): Promise<RunningProcess> => {
    const started = startProcess(program(path), { ...common, NODE_ID: node, ...own })
    starting.push(started)
    return started
  }
  const remove = async (): Promise<void> => {
    await cleanUp(kafka, prefix)
    await pool.query(`drop schema if exists ${prefix} cascade`)
    await pool.end()
  }
  try {
    await runToEnd(program('core/install.ts'), common)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    prefix,
    brokers,
    kafka,
    topic: (topic) => `${prefix}.${topic}`,
    install: (own = {}) => runToEnd(program('core/install.ts'), { ...common, ...own }),
    master: (own = {}) => start('producer/main.ts', `master-${++nodes}`, own),
    worker: (own = {}) => start('consumer/main.ts', `worker-${++nodes}`, own),
    scaler: (own = {}) => start('scaler/main.ts', `scaler-${++nodes}`, own),
    externalScaler: (own = {}) =>
      start('scaler/keda/main.ts', `scaler-${++nodes}`, { GRPC_PORT: '0', ...own }),
    sql: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    async stop() {
      const started = (await Promise.allSettled(starting)).flatMap((it) =>
        it.status === 'fulfilled' ? [it.value] : [],
      )
      const left = started.filter(({ hasEnded }) => !hasEnded)
      const ends = await Promise.allSettled(left.map((it) => it.stop()))
      await remove()
      for (const [index, end] of ends.entries()) {
        if (end.status === 'rejected') failFile(end.reason)
        else if (end.value.code !== 0) {
          const output = left[index]?.output().slice(-5_000)
          failFile(`a process ended with ${end.value.code ?? end.value.signal} on SIGTERM:\n${output}`)
        }
      }
    },
  }
}
