/** What `main.ts` runs: the parts of a worker, in the order in which they start. */
import { randomUUID } from 'node:crypto'
import { type Config, readConfig } from '../core/config.ts'
import { AppError, toError } from '../core/errors.ts'
import { EventPublisher } from '../core/events/publisher.ts'
import { platformOf } from '../core/handlers/platform.ts'
import { loadHandlers } from '../core/handlers/registry.ts'
import { addCheckGauge, createStatusServer, listen } from '../core/http/status.ts'
import { checkInstalled } from '../core/installed.ts'
import { createKafka } from '../core/kafka/client.ts'
import { topicNames } from '../core/kafka/topics.ts'
import { type Lifecycle, runProcess } from '../core/lifecycle.ts'
import { untilDone } from '../core/retry.ts'
import { openDatabase } from '../core/store/database.ts'
import { ownershipsOf } from '../core/store/ownership.ts'
import { DatabaseProbe } from '../core/store/probe.ts'
import { createLogger, type Logger } from '../core/telemetry/logger.ts'
import { addGauge, createRegistry } from '../core/telemetry/metrics.ts'
import { askOn, channelToParent } from './ask-parent.ts'
import { createChecks } from './checks.ts'
import { childJobs } from './child-jobs.ts'
import { DeadLetters } from './dead-letters.ts'
import { Engine } from './engine/engine.ts'
import { refuseExit, runAs } from './guard/scope.ts'
import { startHeartbeat } from './heartbeat.ts'
import { startHost } from './host.ts'
import { Limits } from './limits.ts'
import { Reporter } from './reporter.ts'
import type { Result, Task } from './task.ts'
import { watchStore } from './watch-store.ts'
import { createWork } from './work.ts'

/**
 * How long PostgreSQL may take to answer, ms: rows of ownership last 11 s without a renewal, so that one connection that hangs
 * must be found out well before.
 */
const QUERY_LIMIT_MS = 4_000

/** How long Kafka may take to answer, ms: half the session, which so survives a connection that is made anew. */
const ANSWER_LIMIT_MS = 5_000

/** Of 21 starts while jobs of all priorities wait, so many are of each, in the order of `priorities`: normal, high, low. */
const PRIORITY_WEIGHTS = [4, 16, 1]

const messageOf = (failure: unknown): string | undefined =>
  failure === undefined ? undefined : toError(failure).message

const start = async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<{ port: number }> => {
  const { nodeId, nodeType } = config
  const { stopping } = lifecycle
  const names = topicNames(config.kafka.prefix)
  const isMaster = nodeType === 'master'
  const topics = isMaster ? [names.control] : names.byPriority
  const groupId = isMaster ? names.masters : names.slaves
  // A name of its own for each start: what a process of this name held before is not ours.
  const owner = `${nodeId}/${randomUUID()}`
  const registry = createRegistry(nodeId)
  const handlers = await runAs({ id: undefined, type: 'loading' }, () => loadHandlers(config.handlerFolders))
  const kafka = createKafka(config.kafka, nodeId, log, ANSWER_LIMIT_MS)
  const db = openDatabase(config.database, nodeId, log, QUERY_LIMIT_MS)
  lifecycle.onStop('database', () => db.close())
  const probe = new DatabaseProbe(db)
  lifecycle.onStop('database probe', () => probe.stop())
  const events = new EventPublisher(kafka, names.events, log)
  lifecycle.onStop('events', () => events.stop())
  const deadLetters = new DeadLetters(kafka, names.dead)
  lifecycle.onStop('dead letters', () => deadLetters.close())
  const channel = isMaster ? channelToParent() : undefined
  const host = startHost({
    node: nodeId,
    platform: platformOf({
      db,
      installation: { schema: config.database.schema, topics: names.byPriority },
      ...(channel ? { jobs: childJobs(db, askOn(channel)) } : {}),
    }),
    concurrency: config.window.concurrency,
    registry,
    log,
    leave: (reason) => lifecycle.stop(reason, 1),
  })
  lifecycle.onStop('handlers', () => host.close())
  lifecycle.onUncaught(host.takeStray)
  refuseExit(stopping)

  const reporter = new Reporter(events, nodeId, registry, log)
  const work = createWork({
    nodeId,
    topics,
    registry: handlers,
    host,
    db,
    deadLetters,
    reporter,
    log,
    defaults: config.jobDefaults,
  })
  const limits = new Limits(db, owner, log)
  const engine = new Engine<Task, Result>({
    kafka,
    topics,
    weights: isMaster ? [1] : PRIORITY_WEIGHTS,
    groupId,
    limits: config.window,
    concurrency: config.window.concurrency,
    drainMs: config.rebalanceDrainMs,
    ownership: ownershipsOf(db, topics, owner),
    gate: limits,
    log,
    ...work,
    onRecorded: (ended) => reporter.recorded(ended),
    onCrash: (error) => {
      log.fatal({ err: error }, 'the consumer can’t go on')
      lifecycle.stop('the consumer can’t go on', 1)
    },
  })
  gauges(registry, engine)

  let starting: string | undefined = 'starting'
  const checks = createChecks({
    starting: () => starting,
    leaving: () => stopping.aborted,
    silentMs: () => (starting === undefined ? engine.silentMs : 0),
    kafkaFailure: () => messageOf(events.failure),
    storeFailure: () => messageOf(engine.storeFailure) ?? probe.failure,
    waitingMs: () => engine.waitingMs,
    claimed: () => engine.claimed,
    running: () => engine.running.size,
  })
  lifecycle.onStop('checks', () => checks.stop())
  const status = {
    registry,
    health: { ...checks.health, handlers: host.health },
    ready: { ...checks.ready, handlers: host.ready },
  }
  addCheckGauge(status)
  const server = createStatusServer(status)
  const port = await listen(server, config.http.port, config.http.host)
  lifecycle.onStop('http', () => server.close())

  const reached = async (what: string, attempt: () => Promise<unknown>): Promise<void> => {
    starting = `waiting for ${what}`
    const once = (): Promise<unknown> =>
      attempt().catch((error: unknown) => {
        starting = `waiting for ${what}: ${toError(error).message}`
        throw error
      })
    await untilDone(once, `still waiting for ${what}`, log, stopping)
    stopping.throwIfAborted()
  }
  await reached('Kafka', () => Promise.all([events.connect(), deadLetters.connect()]))
  // Before it joins: partitions of a worker without a store would wait for it, and a group without offsets begins anywhere.
  await reached('PostgreSQL', () => db.pool.query('select 1'))
  await reached('the installation', () => checkInstalled(db, kafka, groupId, topics))
  await limits.refresh()

  let storeWatch: ReturnType<typeof watchStore> | undefined
  lifecycle.onStop('watch of the store', () => storeWatch?.stop())
  let heartbeat: ReturnType<typeof startHeartbeat> | undefined
  lifecycle.onStop('heartbeat', () => heartbeat?.stop())
  // Before it starts: a signal while it joins must still make it leave the group.
  lifecycle.onStop('engine', () => engine.stop(config.drainTimeoutMs))
  starting = 'joining the group'
  await engine.start()
  starting = undefined
  storeWatch = watchStore({ config: config.database, nodeId, db, engine, limits, log })
  heartbeat = startHeartbeat({
    events,
    engine,
    reporter,
    nodeId,
    nodeType,
    concurrency: config.window.concurrency,
    leaving: stopping,
  })
  return { port }
}

const gauges = (registry: ReturnType<typeof createRegistry>, engine: Engine<Task, Result>): void => {
  const gauge = addGauge.bind(undefined, registry)
  gauge('anomgrd_window_jobs', 'Jobs claimed and unfinished', () => engine.claimed)
  gauge('anomgrd_window_bytes', 'Bytes of the jobs claimed and unfinished', () => engine.claimedBytes)
  gauge('anomgrd_running_jobs', 'Jobs that run now', () => engine.running.size)
  gauge('anomgrd_unrecorded_results', 'Results that wait to be recorded', () => engine.unrecorded)
  gauge('anomgrd_blocked_keys', 'Keys whose jobs are parked in order', () => engine.blockedKeys)
  gauge('anomgrd_owned_partitions', 'Partitions this worker owns', () => engine.partitions)
}

try {
  const config = readConfig(process.env, process.env['NODE_TYPE'] === 'master' ? 'master' : 'child')
  const log = createLogger(config.logLevel, config.nodeId)
  // Beyond the drain: recording, committing and leaving the group, each with a limit of its own.
  runProcess(log, config.drainTimeoutMs + 12_000, (lifecycle) => start(config, log, lifecycle))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
