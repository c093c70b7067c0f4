/**
 * What handlers run in: threads, the table of what runs, and what keeps a handler's faults from its neighbours. Everything
 * that one can do wrong is said here: log, metrics, `/ready`, `/health`.
 */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Platform } from '../core/handlers/platform.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import { addGauge } from '../core/telemetry/metrics.ts'
import { ABANDONED_PER_SLOT, Abandoned } from './guard/abandoned.ts'
import { watchHeap } from './guard/heap-watch.ts'
import { type Stray, takeStray } from './guard/scope.ts'
import { type StandstillReport, startWatchdog } from './guard/watchdog.ts'
import { RunningTable } from './guard/watchdog-table.ts'
import { HandlerThreads } from './threads.ts'

/** How long a standstill of the event loop is told of by `/ready`, ms. */
const TOLD_MS = 30_000

export interface HandlerHost {
  readonly threads: HandlerThreads
  readonly table: RunningTable
  readonly abandoned: Abandoned
  /** What handlers that run in this thread may ask for. */
  readonly platform: Platform
}

export interface HostParts {
  readonly node: string
  readonly platform: Platform
  readonly concurrency: number
  readonly registry: Registry
  readonly log: Logger
  /** Leaves in good order, to be replaced. */
  readonly leave: (reason: string) => void
}

export interface RunningHost extends HandlerHost {
  /** Takes what failed outside of every `try`, if it is a handler's. */
  readonly takeStray: (thrown: unknown) => boolean
  /** Liveness: only another process helps. */
  readonly health: () => string | undefined
  /** Readiness: handlers keep this worker from its work. */
  readonly ready: () => string | undefined
  close(): Promise<void>
}

export const startHost = ({ node, platform, concurrency, registry, log, leave }: HostParts): RunningHost => {
  const registers = [registry]
  const strays = new Counter({
    name: 'anomgrd_handler_strays_total',
    help: 'Failures of handlers outside of their promise: in timers, events, forgotten promises',
    labelNames: ['type'],
    registers,
  })
  const standstills = new Histogram({
    name: 'anomgrd_event_loop_standstill_seconds',
    help: 'Standstills of the event loop of a second or more',
    buckets: [1, 2, 4, 8, 16],
    registers,
  })
  let standstill: { readonly until: number; readonly text: string } | undefined

  const onStray = ({ id, type, error, late }: Stray): void => {
    strays.inc({ type })
    log.error({ job: id, type, err: error, late }, 'a handler failed outside of its promise')
  }
  const onStandstill = ({ ms, running }: StandstillReport): void => {
    standstills.observe(ms / 1000)
    log.warn(
      { ms, running },
      'the event loop stood still; a handler that computes should be marked `thread: true`',
    )
    const types = [...new Set(running.map(({ type }) => type))].join(', ') || 'nothing'
    standstill = {
      until: Date.now() + TOLD_MS,
      text: `the event loop stood still for ${ms} ms, running ${types}`,
    }
  }

  // Those that are given up keep their places.
  const table = new RunningTable(concurrency * (1 + ABANDONED_PER_SLOT))
  const abandoned = new Abandoned(concurrency * ABANDONED_PER_SLOT, log, () =>
    leave('too many attempts were given up and still run'),
  )
  const threads = new HandlerThreads({
    concurrency,
    log,
    onStray,
    onGivenUp: (owner, ended) => abandoned.add(owner, ended),
  })
  let full = false
  const heap = watchHeap((used) => {
    if (full) return
    full = true
    log.error({ used }, 'the heap is nearly full after collections: something leaks, or jobs are too large')
    leave('the heap is nearly full')
  })
  addGauge(
    registry,
    'anomgrd_abandoned_attempts',
    'Attempts that were given up and still run',
    () => abandoned.count,
  )
  addGauge(
    registry,
    'anomgrd_heap_used_ratio',
    'Used share of the heap after a full collection',
    () => heap.used,
  )
  startWatchdog({ node, log, table, onStandstill })
  // Node waits for every thread before it exits, and these never end. All that is to be done is done by now.
  process.on('exit', () => {
    if (threads.unended > 0) process.kill(process.pid, 'SIGKILL')
  })

  return {
    threads,
    table,
    abandoned,
    platform,
    takeStray: (thrown) => {
      const stray = takeStray(thrown)
      if (stray) onStray(stray)
      return stray !== undefined
    },
    health: () => abandoned.fault,
    ready: () =>
      abandoned.fault ??
      heap.fault ??
      (standstill && Date.now() < standstill.until ? standstill.text : undefined),
    close: () => threads.close(),
  }
}
