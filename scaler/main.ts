/**
 * The scaler of one machine: `node scaler/main.ts`. Keeps worker processes, as many as KEDA's kafka trigger and the HPA
 * would keep pods, or as the drain-time policy wants, and tells the masters what it decided and why.
 */
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '../core/config.ts'
import { AppError } from '../core/errors.ts'
import type { Decision } from '../core/events/event.ts'
import { createStatusServer, listen } from '../core/http/status.ts'
import { type Lifecycle, runProcess } from '../core/lifecycle.ts'
import { createLogger, type Logger } from '../core/telemetry/logger.ts'
import { createRegistry } from '../core/telemetry/metrics.ts'
import { WorkerProcesses } from './apply/processes.ts'
import { paceOf, startLoop } from './loop.ts'
import { openSources, type Sources } from './observe/sources.ts'
import { drainTimePolicy, drainTimeSettings } from './policy/drain-time.ts'
import { kafkaPolicy, kafkaPolicySettings } from './policy/kafka-policy.ts'
import type { Observation } from './policy/policy.ts'
import { createTeller } from './tell.ts'

/** Beyond a worker's own drain limit: recording, committing and leaving the group. */
const LEAVE_MARGIN_MS = 4_000

/** Processor time of a worker until it is Ready, ms: 1.15 s were measured. Those that start together share what the machine has. */
const START_CPU_MS = 1_150

const start = async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<{ port: number }> => {
  const sources = await openSources(config, log)
  lifecycle.onStop('sources', () => sources.close())
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

  const { minReplicas: min, maxReplicas: max } = kafkaPolicySettings(config.scaling, sources.partitions)
  apply(min)
  const teller = createTeller({ events: sources.events, min, max, desired: () => workers.desired })
  teller.say({ at: new Date().toISOString(), from: 0, to: min, reason: `started with the minimum of ${min}` })
  let blind = false
  const stopLoop = scale(config.scaling, sources, {
    replicas: () => workers.desired,
    observe: () => sources.observe({ replicas: workers.desired, ready: workers.ready }),
    onDecision(decision) {
      blind = false
      const { from, to, reason } = decision
      if (from !== to) {
        log.info({ from, to, reason }, 'scaling')
        apply(to)
      }
      teller.tell({ policy: config.scaling.policy, ...decision })
    },
    onBlind() {
      if (!blind) log.warn({ why: sources.blindness() }, 'no fresh reading of lag, so no decision')
      blind = true
    },
  })
  lifecycle.onStop('loop', () => {
    stopLoop()
    teller.stop()
  })

  const registry = createRegistry(config.nodeId)
  const server = createStatusServer({
    registry,
    health: { loop: () => undefined },
    ready: {
      workers: () => (workers.ready >= min ? undefined : `${workers.ready} of ${min} workers are ready`),
    },
    warnings: { parked: () => sources.parkedWarning() },
  })
  const port = await listen(server, config.http.port, config.http.host)
  lifecycle.onStop('http', () => server.close())
  while (workers.ready < min && !lifecycle.stopping.aborted) await delay(25)
  return { port }
}

interface Scaled {
  readonly replicas: () => number
  readonly observe: () => Observation | undefined
  readonly onDecision: (decision: Decision) => void
  readonly onBlind: () => void
}

/** Starts the loop with the policy that is chosen. The drain-time policy has no HPA's pace: it holds itself back. */
const scale = (scaling: Config['scaling'], sources: Sources, scaled: Scaled): (() => void) => {
  if (scaling.policy === 'kafka') {
    const policy = kafkaPolicy(kafkaPolicySettings(scaling, sources.partitions))
    return startLoop({ ...scaled, policy, intervalMs: () => scaling.intervalMs })
  }
  const startupEachMs = scaling.workerStartupEachMs || START_CPU_MS / availableParallelism()
  const policy = drainTimePolicy({ ...drainTimeSettings(scaling, sources.partitions), startupEachMs })
  return startLoop({ ...scaled, policy, intervalMs: () => paceOf(scaled.replicas()) })
}

try {
  const config = readConfig(process.env, 'child')
  const log = createLogger(config.logLevel, config.nodeId)
  runProcess(log, config.drainTimeoutMs + 2 * LEAVE_MARGIN_MS, (lifecycle) => start(config, log, lifecycle))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
