/**
 * Sees that the main thread's event loop goes round, from a thread beside it: a handler that computes for seconds, or for
 * ever, stops heartbeats, commits, `/health` and every other job, and nothing in the main thread can tell.
 */
import inspector from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { RunningJob, RunningTable } from './watchdog-table.ts'

export interface WatchdogLimits {
  /** A standstill as long as this is said, ms, once it is over. */
  readonly warnMs: number
  /** One as long as this ends the process by SIGKILL, ms. */
  readonly killMs: number
}

/**
 * A second is ten times what heartbeats (once a second) and other jobs should ever wait. After 10 s, the session's
 * timeout, the group has given the partitions to other workers: nothing this process does counts any more. Half of that again is left
 * for a standstill that ends just so; beyond it, only a new process is of use.
 */
export const watchdogLimits: WatchdogLimits = { warnMs: 1_000, killMs: 15_000 }

const BEAT_MS = 100
const LOOK_MS = 250

/** What the thread is given. */
export interface WatchdogData extends WatchdogLimits {
  readonly memory: SharedArrayBuffer
  readonly node: string
  readonly silent: boolean
  readonly lookMs: number
}

/** A standstill that is over, and what ran while it lasted, started last first. */
export interface StandstillReport {
  readonly ms: number
  readonly running: readonly RunningJob[]
}

export interface WatchdogParts {
  readonly node: string
  readonly log: Logger
  readonly table: RunningTable
  readonly onStandstill: (report: StandstillReport) => void
  readonly limits?: WatchdogLimits
}

/**
 * Starts it; it lives as long as the process does, also while the process is leaving. Under a debugger it ends nothing: a
 * breakpoint looks the same.
 */
export const startWatchdog = ({
  node,
  log,
  table,
  onStandstill,
  limits = watchdogLimits,
}: WatchdogParts): void => {
  const beat = (): void => table.beat(inspector.url() !== undefined)
  beat()
  setInterval(beat, BEAT_MS).unref()
  const thread = new Worker(new URL('watchdog-thread.ts', import.meta.url), {
    name: 'watchdog',
    workerData: {
      memory: table.memory,
      node,
      silent: !log.isLevelEnabled('fatal'),
      lookMs: Math.min(LOOK_MS, limits.warnMs / 2),
      ...limits,
    } satisfies WatchdogData,
  })
  thread.on('message', onStandstill)
  thread.on('error', (error) =>
    log.error({ err: error }, 'the watchdog has ended; nothing watches the event loop'),
  )
  thread.unref()
}
