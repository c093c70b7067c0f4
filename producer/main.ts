/** The master: `node producer/main.ts`. Serves the API, publishes jobs, runs control jobs on a node of its own. */
import type { Registry } from 'prom-client'
import { type Config, readConfig } from '../core/config.ts'
import { AppError, toError } from '../core/errors.ts'
import { readEvents } from '../core/events/reader.ts'
import { loadHandlers } from '../core/handlers/registry.ts'
import { keepConnections, leaveServer } from '../core/http/leave.ts'
import { checkPages } from '../core/http/pages.ts'
import { listen, type Status } from '../core/http/status.ts'
import { epochOf } from '../core/job-id.ts'
import { createKafka } from '../core/kafka/client.ts'
import { topicNames } from '../core/kafka/topics.ts'
import { type Lifecycle, runProcess } from '../core/lifecycle.ts'
import { openDatabase } from '../core/store/database.ts'
import { ParkedMonitor } from '../core/store/parked-monitor.ts'
import { DatabaseProbe } from '../core/store/probe.ts'
import { createLogger, type Logger } from '../core/telemetry/logger.ts'
import { addGauge, createRegistry } from '../core/telemetry/metrics.ts'
import about from '../package.json' with { type: 'json' }
import { createApp } from './api/app.ts'
import { waitingJobs } from './api/fleet-routes.ts'
import { sampleOf } from './api/history-route.ts'
import { createCanceller } from './cancel.ts'
import { createChildren } from './children.ts'
import { ControlNode } from './control-node.ts'
import { createFinder, RecentJobs } from './find-job.ts'
import { Activity } from './fleet/activity.ts'
import { Fleet } from './fleet/fleet.ts'
import { History } from './fleet/history.ts'
import { lagMetrics } from './fleet/lag-metrics.ts'
import { Waiting } from './fleet/waiting.ts'
import { createLimits } from './limits.ts'
import { publisherMetrics } from './publish/metrics.ts'
import { CONTROL_EPOCH, Queues } from './queue.ts'
import { retentionMetrics } from './retention/metrics.ts'
import { Retention } from './retention/retention.ts'
import { createPlace } from './schedules/place.ts'
import { startSchedules } from './schedules/schedules.ts'
import { createAccept, createSubmit } from './submit.ts'

/** How long Kafka may take to answer, ms: a submission waits for longer, so that it survives a connection that is made anew. */
const ANSWER_LIMIT_MS = 5_000

/** How long requests under way may take once the server leaves, ms. */
const ANSWER_ENDS_MS = 3_000

const start = async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<{ port: number }> => {
  const { nodeId } = config
  const names = topicNames(config.kafka.prefix)
  const registry = createRegistry(nodeId)
  const handlers = await loadHandlers(config.handlerFolders)
  const kafka = createKafka(config.kafka, nodeId, log, ANSWER_LIMIT_MS)
  // For publishing: it is soon to say that Kafka is away.
  const swift = createKafka(config.kafka, nodeId, log, ANSWER_LIMIT_MS, 2)

  const db = openDatabase(config.database, nodeId, log)
  const probe = new DatabaseProbe(db)
  lifecycle.onStop('database', () => {
    probe.stop()
    return db.close()
  })

  const { compression, publishTimeoutMs: timeoutMs, epoch } = config.kafka
  const metrics = publisherMetrics(registry)
  const settings = { kafka: swift, compression, timeoutMs }
  const [normal, high, low] = names.byPriority
  const jobTopics = names.byPriority.map((topic, rank) => ({ topic, epoch: epochOf(rank, epoch) }))
  const controlTopics = [{ topic: names.control, epoch: CONTROL_EPOCH }]
  const jobs = new Queues(kafka, { ...settings, groupId: names.slaves, topics: jobTopics }, metrics, log)
  const control = new Queues(
    kafka,
    { ...settings, groupId: names.masters, topics: controlTopics },
    metrics,
    log,
  )
  const parked = new ParkedMonitor(db, names.byPriority, log)
  void parked.start()
  lifecycle.onStop('parked jobs', () => parked.stop())
  await Promise.all([jobs.start(), control.start()])
  lifecycle.onStop('queues', () => Promise.all([jobs.stop(), control.stop()]))

  const fleet = new Fleet()
  const recent = new RecentJobs()
  const activity = new Activity()
  fleet.listen((event) => {
    if (event.kind !== 'jobs') return
    activity.apply(event)
    for (const { id, status } of event.ended) if (status !== 'failed') recent.remove(id)
  })
  const admin = kafka.admin()
  await admin.connect()
  const reader = await readEvents(kafka, admin, names.events, log, (event) => fleet.apply(event))
  lifecycle.onStop('events', () => Promise.all([reader.disconnect(), admin.disconnect()]))
  const sample = () => sampleOf({ jobs, parked, fleet, config })
  const history = new History({ db, fleet, log, sample })
  lifecycle.onStop('history', () => history.stop())
  const waiting = new Waiting(fleet, db, log)
  lifecycle.onStop('waiting', () => waiting.stop())

  const status: Status = {
    registry,
    health: { server: () => undefined },
    ready: {
      kafka: () => {
        const { failure } = jobs
        return failure === undefined ? undefined : toError(failure).message
      },
      database: () => probe.failure,
      leaving: () => (lifecycle.stopping.aborted ? 'leaving' : undefined),
    },
  }
  lagMetrics(registry, jobs.monitor, parked)
  const finder = createFinder({ db, fleet, recent, queues: [...jobs.all, ...control.all] })
  const byPriority = { normal: jobs.of(normal), high: jobs.of(high), low: jobs.of(low) }
  const accept = createAccept({
    handlers,
    jobs: {
      normal: byPriority.normal.publisher,
      high: byPriority.high.publisher,
      low: byPriority.low.publisher,
    },
    control: control.of(names.control).publisher,
    queueLimit: config.queueLimit,
    lag: () => waitingJobs({ jobs, parked }),
  })
  const submit = createSubmit({ accept, db })
  const { schema } = config.database
  const canceller = createCanceller({ db, schema, nodeId, finder, fleet, recent })
  const node = new ControlNode(log, createChildren({ accept, canceller, recent, db }))
  node.start()
  lifecycle.onStop('control node', () => node.stop())
  fleetGauges(registry, jobs, fleet, node)
  const place = createPlace({
    handlers,
    jobs: (priority) => byPriority[priority],
    control: control.of(names.control),
  })
  const schedules = startSchedules({ config, db, handlers, submit, place, registry, log })
  lifecycle.onStop('schedules', () => schedules.stop())
  const retention = new Retention({
    db,
    kafka,
    names,
    retention: config.retention,
    metrics: retentionMetrics(registry),
    log,
  })
  await retention.start()
  lifecycle.onStop('retention', () => retention.stop())
  const limits = createLimits({ db, schema, handlers, recent })
  // Answers without end go on while requests are still taken.
  const closing = new AbortController()
  const server = createApp(
    {
      config,
      log,
      db,
      handlers,
      submit,
      canceller,
      recent,
      finder,
      fleet,
      activity,
      waiting,
      jobs,
      parked,
      schedules,
      limits,
      status,
      stopping: closing.signal,
    },
    about.version,
  )
  keepConnections(server)
  const port = await listen(server, config.http.port, config.http.host)
  lifecycle.onStop('http', () =>
    leaveServer(server, {
      stayMs: config.http.closeDelayMs,
      close: () => closing.abort(),
      limitMs: ANSWER_ENDS_MS,
    }),
  )
  return { port }
}

const fleetGauges = (registry: Registry, jobs: Queues, fleet: Fleet, node: ControlNode): void => {
  const gauge = addGauge.bind(undefined, registry)
  gauge('anomgrd_arrival_rate', 'Jobs/s published, over the last 10 s', () => jobs.monitor.rates.arrivalRate)
  gauge('anomgrd_drain_rate', 'Jobs/s committed, over the last 10 s', () => jobs.monitor.rates.drainRate)
  // Not a condition of readiness: jobs are accepted and answered for without it.
  gauge('anomgrd_control_node_ready', '1 while the master’s own node takes control jobs', () =>
    Number(node.ready),
  )
  gauge('anomgrd_workers_ready', 'Workers that take jobs', () => fleet.readyWorkers)
  gauge('anomgrd_workers_desired', 'Workers that the scaler wants', () => fleet.scaler?.desired ?? 0)
}

try {
  const config = readConfig(process.env, 'master')
  if (config.http.webDir !== undefined) checkPages(config.http.webDir)
  const log = createLogger(config.logLevel, config.nodeId)
  runProcess(log, config.http.closeDelayMs + config.drainTimeoutMs + 14_000, (lifecycle) =>
    start(config, log, lifecycle),
  )
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
