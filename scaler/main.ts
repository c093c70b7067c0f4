/**
 * The scaler of one machine: `node scaler/main.ts`. Keeps worker processes, as many as KEDA's kafka trigger and the HPA
 * would keep pods, and tells the masters what it decided and why.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '../core/config.ts'
import { AppError, toError } from '../core/errors.ts'
import type { Decision } from '../core/events/event.ts'
import { EventPublisher } from '../core/events/publisher.ts'
import { createStatusServer, listen } from '../core/http/status.ts'
import { createKafka } from '../core/kafka/client.ts'
import { ofTopic } from '../core/kafka/lag.ts'
import { LagMonitor } from '../core/kafka/lag-monitor.ts'
import { topicNames } from '../core/kafka/topics.ts'
import { type Lifecycle, runProcess } from '../core/lifecycle.ts'
import { openDatabase } from '../core/store/database.ts'
import { ParkedMonitor } from '../core/store/parked-monitor.ts'
import { createLogger, type Logger } from '../core/telemetry/logger.ts'
import { createRegistry } from '../core/telemetry/metrics.ts'
import { WorkerProcesses } from './apply/processes.ts'
import { startLoop } from './loop.ts'
import { kafkaPolicy, kafkaPolicySettings } from './policy/kafka-policy.ts'

/** Beyond a worker's own drain limit: recording, committing and leaving the group. */
const LEAVE_MARGIN_MS = 4_000
const SAY_EVERY_MS = 1_000
/** How long counting parked jobs may take, ms. */
const COUNT_LIMIT_MS = 5_000

const start = async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<{ port: number }> => {
  const { scaling, nodeId } = config
  const names = topicNames(config.kafka.prefix)
  const kafka = createKafka(config.kafka, nodeId, log)
  const events = new EventPublisher(kafka, names.events, log)
  const admin = kafka.admin()
  await Promise.all([events.connect(), admin.connect()])
  lifecycle.onStop('kafka', () => Promise.all([events.stop(), admin.disconnect()]))
  const monitor = new LagMonitor(admin, names.slaves, names.byPriority, log)
  await monitor.start()
  lifecycle.onStop('lag', () => monitor.stop())
  const { latest } = monitor
  if (latest === undefined) throw new AppError('KAFKA_UNAVAILABLE', `lag of ${names.jobs} can’t be read`)
  const partitions = ofTopic(latest, names.jobs).partitions.length
  const settings = kafkaPolicySettings(scaling, partitions)
  const parked = countParkedJobs(config, names.byPriority, log, lifecycle)

  const workers = new WorkerProcesses({
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(new URL('../consumer/main.ts', import.meta.url))],
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', NODE_TYPE: 'child' },
    log,
    drainMs: config.drainTimeoutMs + LEAVE_MARGIN_MS,
  })
  lifecycle.onStop('workers', () => workers.stop())
  const apply = (replicas: number): void => {
    workers.scaleTo(replicas).catch((error: unknown) => {
      if (!lifecycle.stopping.aborted) log.error({ err: error, replicas }, 'scaling failed')
    })
  }

  const { minReplicas: min, maxReplicas: max } = settings
  const say = (decision?: Decision): void =>
    events.publish({
      kind: 'scaler',
      at: Date.now(),
      min,
      max,
      desired: decision?.to ?? workers.desired,
      ...(decision ? { decision } : {}),
    })
  apply(min)
  say({ at: new Date().toISOString(), from: 0, to: min, reason: `started with the minimum of ${min}` })
  const saying = setInterval(() => say(), SAY_EVERY_MS)
  const stopLoop = startLoop({
    policy: kafkaPolicy(settings),
    monitor,
    parked,
    replicas: () => workers.desired,
    apply,
    onDecision: say,
    intervalMs: scaling.intervalMs,
    log,
  })
  lifecycle.onStop('loop', () => {
    stopLoop()
    clearInterval(saying)
  })

  const registry = createRegistry(nodeId)
  const server = createStatusServer({
    registry,
    health: { loop: () => undefined },
    ready: {
      workers: () => (workers.ready >= min ? undefined : `${workers.ready} of ${min} workers are ready`),
    },
    warnings: { parked: () => parkedWarning(parked) },
  })
  const port = await listen(server, config.http.port, config.http.host)
  lifecycle.onStop('http', () => server.close())
  while (workers.ready < min && !lifecycle.stopping.aborted) await delay(25)
  return { port }
}

/** Counts parked jobs, where there is a database. Started without waiting for it: the fleet does not need it. */
const countParkedJobs = (
  config: Config,
  topics: readonly string[],
  log: Logger,
  lifecycle: Lifecycle,
): ParkedMonitor | undefined => {
  if (config.database.url === undefined) {
    log.warn('DATABASE_URL is not set: due parked jobs are not counted')
    return undefined
  }
  const db = openDatabase({ ...config.database, pool: 1 }, config.nodeId, log, COUNT_LIMIT_MS)
  const parked = new ParkedMonitor(db, topics, log)
  void parked.start()
  lifecycle.onStop('parked jobs', () => {
    parked.stop()
    return db.close()
  })
  return parked
}

const parkedWarning = (parked: ParkedMonitor | undefined): string | undefined => {
  if (!parked) return 'DATABASE_URL is not set: the fleet follows Kafka’s lag alone'
  const { failure, fresh } = parked
  if (fresh || failure === undefined) return undefined
  return `due parked jobs can’t be counted, so the fleet does not shrink: ${toError(failure).message}`
}

try {
  const config = readConfig(process.env, 'child')
  const log = createLogger(config.logLevel, config.nodeId)
  runProcess(log, config.drainTimeoutMs + 2 * LEAVE_MARGIN_MS, (lifecycle) => start(config, log, lifecycle))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
