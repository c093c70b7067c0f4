/**
 * The steps of `make run`, in order: what is given is checked, what is not is started (Kafka, PostgreSQL), the
 * installation runs, then the master and the scaler with its workers.
 */
import { resolve } from 'node:path'
import type { Config } from '../core/config.ts'
import { checkKafka, checkPostgres } from './externals.ts'
import { startKafka } from './kafka.ts'
import { startPostgres } from './postgres.ts'
import { type Program, runProgram, startProgram } from './program.ts'
import { type Part, type Supervised, supervise } from './supervise.ts'
import { type Say, since, urlOf } from './terminal.ts'

/** Paths of the programs that are run. */
export interface Programs {
  readonly install: string
  readonly master: string
  readonly scaler: string
  readonly webDir: string
}

/** What has been started, the first first. */
export type Stack = { readonly name: string; readonly part: Supervised }[]

/** Workers get this long for their running jobs where DRAIN_TIMEOUT_MS is unset, so that Ctrl-C takes 20 s at most. */
const DRAIN_MS = 10_000
/** Without workers the master's control jobs can't get on: no use in waiting for them. */
const MASTER_DRAIN_MS = 3_000

/** How long each may take, ms: workers to end their jobs, everything to end. */
export const stopLimits = (config: Config, env: NodeJS.ProcessEnv): { drainMs: number; wholeMs: number } => {
  const drainMs = (env['DRAIN_TIMEOUT_MS'] ?? '') === '' ? DRAIN_MS : config.drainTimeoutMs
  return { drainMs, wholeMs: drainMs + 9_000 }
}

/** What every step works with. */
export interface Context {
  readonly config: Config
  readonly env: NodeJS.ProcessEnv
  readonly dataDir: string
  readonly say: Say
  readonly stack: Stack
  readonly signal: AbortSignal
}

/** Starts a part, puts it on the stack, and keeps it running from then on. */
const keep = async <P extends Part>(
  { say, stack, signal }: Context,
  name: string,
  start: (signal: AbortSignal) => Promise<P>,
  ready: (part: P) => string,
): Promise<P> => {
  const started = performance.now()
  const part = await start(signal)
  stack.push({ name, part: supervise(part, start, (line) => say(name, line)) })
  say(name, `${ready(part)} (${since(started)})`)
  return part
}

const provideKafka = async (context: Context): Promise<string> => {
  const { config, dataDir, say } = context
  if (config.kafka.brokers !== undefined) {
    await checkKafka(config.kafka)
    const brokers = config.kafka.brokers.join(',')
    say('kafka', `given: ${brokers}`)
    return brokers
  }
  const log = (line: string): void => say('kafka', line)
  const start = (signal: AbortSignal) => startKafka({ dataDir, log, signal })
  return (await keep(context, 'kafka', start, ({ brokers }) => `ready on ${brokers}`)).brokers
}

const providePostgres = async (context: Context): Promise<string> => {
  const { config, dataDir, say } = context
  if (config.database.url !== undefined) {
    await checkPostgres(config.database.url)
    say('postgres', 'given')
    return config.database.url
  }
  const log = (line: string): void => say('postgres', line)
  const start = (signal: AbortSignal) => startPostgres({ dataDir, log, signal })
  return (await keep(context, 'postgres', start, ({ url }) => `ready on ${new URL(url).host}`)).url
}

/** Both at once; the first failure wins, but only when the other one is at rest too. */
export const provideServers = async (
  context: Context,
): Promise<{ KAFKA_BROKERS: string; DATABASE_URL: string }> => {
  const giveUp = new AbortController()
  const own = { ...context, signal: AbortSignal.any([context.signal, giveUp.signal]) }
  const failures: unknown[] = []
  const note = (error: unknown): undefined => {
    failures.push(error)
    giveUp.abort()
  }
  const [url, brokers] = await Promise.all([providePostgres(own).catch(note), provideKafka(own).catch(note)])
  if (url === undefined || brokers === undefined) throw failures[0]
  return { KAFKA_BROKERS: brokers, DATABASE_URL: url }
}

/** Resolves with the master's address when the workers have joined, too. */
export const startProduct = async (
  context: Context,
  programs: Programs,
  servers: Awaited<ReturnType<typeof provideServers>>,
): Promise<string> => {
  const { config, dataDir, env, say, signal } = context
  const { drainMs } = stopLimits(config, env)
  const common = {
    // A third less processor time for each worker that starts: a fleet that grows does so all at once.
    NODE_COMPILE_CACHE: resolve(dataDir, 'compile-cache'),
    ...env,
    ...servers,
    DATA_DIR: dataDir,
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  }
  const installing = performance.now()
  await runProgram(
    { name: 'install', script: programs.install, dataDir, env: { ...common, NODE_ID: 'install' } },
    signal,
  )
  say('install', `tables and topics are there (${since(installing)})`)

  const masterDrainMs = Math.min(drainMs, MASTER_DRAIN_MS)
  const master = {
    name: 'master',
    script: programs.master,
    dataDir,
    env: {
      ...common,
      NODE_ID: 'master_node_1',
      PORT: String(config.http.port),
      HOST: config.http.host,
      WEB_DIR: config.http.webDir ?? programs.webDir,
      DRAIN_TIMEOUT_MS: String(masterDrainMs),
    },
    stopLimitMs: masterDrainMs + 1_500,
  }
  const scaler = {
    name: 'scaler',
    script: programs.scaler,
    dataDir,
    env: { ...common, NODE_ID: 'scaler', PORT: '0', HOST: '127.0.0.1', DRAIN_TIMEOUT_MS: String(drainMs) },
    stopLimitMs: drainMs + 2_000,
  }
  const url = ({ port }: Program): string => urlOf(config.http.host, port ?? config.http.port)
  const running = await keep(
    context,
    'master',
    (abort) => startProgram(master, abort),
    (program) => `ready on ${url(program)}`,
  )
  const { minReplicas } = config.scaling
  await keep(
    context,
    'scaler',
    (abort) => startProgram(scaler, abort),
    () => `${minReplicas} workers have joined`,
  )
  return url(running)
}
