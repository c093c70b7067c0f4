/**
 * The external scaler: `node scaler/keda/main.ts`. Decides by the drain-time policy how many workers there are to be, and serves
 * that to KEDA as a metric of which a worker is worth 1; KEDA's HPA does the rest. With SCALER_SHADOW it explains only.
 */
import { type Config, readConfig, required } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'
import { createStatusServer, listen } from '../../core/http/status.ts'
import { type Lifecycle, runProcess } from '../../core/lifecycle.ts'
import { untilDone } from '../../core/retry.ts'
import { createLogger, type Logger } from '../../core/telemetry/logger.ts'
import { createRegistry } from '../../core/telemetry/metrics.ts'
import { findCluster } from '../kubernetes/connection.ts'
import { apiSource, DeploymentWatch } from '../kubernetes/deployment.ts'
import { apiSink, EventRecorder } from '../kubernetes/events.ts'
import { openSources, type Sources } from '../observe/sources.ts'
import { drainTimePolicy, drainTimeSettings } from '../policy/drain-time.ts'
import type { Serves } from './answers.ts'
import { createMetrics } from './metrics.ts'
import { type Fleet, type Run, run } from './run.ts'
import { serveGrpc } from './server.ts'
import { ActivityStreams } from './streams.ts'

/** How long the whole stop may take, ms. */
const STOP_LIMIT_MS = 8_000
/** Until workers have been heard for so long, ms, it is not known that there are none. */
const FIRST_LOOK_MS = 3_000
/** The API server may be away for so long before it is worth a warning, ms. */
const QUIET_MS = 5_000

const NO_CLUSTER = 'there is no Kubernetes: workers are counted by their heartbeats'
const NOT_YET = 'Kafka has not been reached yet'

const start = async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<{ port: number }> => {
  const { scaling, nodeId, http } = config
  const { target } = config.kubernetes
  required(config.kafka.brokers, 'KAFKA_BROKERS')
  const cluster = findCluster(config.kubernetes)
  if (!cluster) log.warn(NO_CLUSTER)
  let sources: Sources | undefined
  let running: Run | undefined

  const deployment =
    cluster &&
    new DeploymentWatch(apiSource(cluster, target), target, log, (now, before) => {
      if (before && before.replicas !== now.replicas) running?.onChange(before.replicas, now.replicas)
    })
  const about = () => ({ name: target, uid: deployment?.latest?.uid })
  const reporter = { component: 'anomalyguard-scaler', instance: nodeId }
  const recorder = cluster && new EventRecorder(apiSink(cluster, about, reporter), log)
  lifecycle.onStop('kubernetes', () => {
    deployment?.stop()
    recorder?.stop()
  })
  deployment?.start()

  const fleet = (): Fleet | undefined => {
    if (deployment?.latest) return deployment.latest
    if (!sources || sources.listenedMs() < FIRST_LOOK_MS) return undefined
    const { workers } = sources.workload
    return { replicas: workers, existing: workers, ready: workers }
  }

  const registry = createRegistry(nodeId)
  const streams = new ActivityStreams()
  const metrics = createMetrics(registry, {
    objectiveMs: scaling.drainObjectiveMs,
    shadow: scaling.shadow,
    ageMs: () => sources?.ageMs() ?? Number.NaN,
    streams: () => streams.size,
  })
  const serves: Serves = {
    target,
    namespace: cluster?.namespace,
    policy: 'drain-time',
    shadow: scaling.shadow,
  }
  const value = () => running?.value() ?? { unknown: NOT_YET }
  const grpc = await serveGrpc({ serves, value, streams, onCall: metrics.onCall }, config.grpcPort, http.host)
  lifecycle.onStop('grpc', () => grpc.stop())

  const kubernetes = (): string | undefined => {
    if (!deployment) return NO_CLUSTER
    if (deployment.failure === undefined || deployment.ageMs < QUIET_MS) return undefined
    const known = deployment.latest
      ? `what is known of ${target} is ${Math.round(deployment.ageMs / 1_000)} s old`
      : 'workers are counted by their heartbeats'
    return `${deployment.failure}; ${known}`
  }
  const server = createStatusServer({
    registry,
    health: { loop: () => undefined },
    ready: { kafka: () => (running ? undefined : NOT_YET) },
    warnings: {
      observation: () => sources?.blindness(),
      kubernetes,
      events: () => recorder?.failure,
      parked: () => (sources?.parked ? undefined : sources?.parkedWarning()),
    },
  })
  const port = await listen(server, http.port, http.host)
  lifecycle.onStop('http', () => server.close())
  log.info(
    { port, grpcPort: grpc.port, target, namespace: cluster?.namespace, shadow: scaling.shadow },
    'serving',
  )

  const open = () => openSources(config, log)
  sources = await untilDone(open, 'Kafka can’t be asked', log, lifecycle.stopping)
  if (!sources) return { port }
  const opened = sources
  lifecycle.onStop('sources', () => opened.close())
  const policy = drainTimePolicy(drainTimeSettings(scaling, sources.partitions))
  running = run({ sources, policy, scaling, fleet, streams, metrics, recorder, log })
  const { stop } = running
  lifecycle.onStop('loop', stop)
  return { port }
}

try {
  const config = readConfig(process.env, 'child')
  const log = createLogger(config.logLevel, config.nodeId)
  runProcess(log, STOP_LIMIT_MS, (lifecycle) => start(config, log, lifecycle))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
