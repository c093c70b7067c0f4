/** What a worker says of itself on `/health` and `/ready`. */
import type { Status } from '../core/http/status.ts'

const LOOK_MS = 1_000

/** What the checks look at; all times in ms. */
export interface Checked {
  /** What the start still waits for; undefined once it is in the group. */
  readonly starting: () => string | undefined
  readonly leaving: () => boolean
  /** Since the group last answered. */
  readonly silentMs: () => number
  /** Why Kafka takes nothing else from us either, if so. */
  readonly kafkaFailure: () => string | undefined
  /** Why the store doesn't do what it is asked, if so. */
  readonly storeFailure: () => string | undefined
  /** For how long partitions that the group gave us have been waited for. */
  readonly waitingMs: () => number
  /** Jobs that are claimed, and how many of them run. */
  readonly claimed: () => number
  readonly running: () => number
}

export interface CheckLimits {
  readonly silentUnreadyMs: number
  readonly waitingUnreadyMs: number
  /** How long a fault may last that looks like our own: a new process has none of it. */
  readonly oursMs: number
  /** How long a fault may last that looks like Kafka's or PostgreSQL's. */
  readonly theirsMs: number
}

/**
 * The session in the group is 10 s, and after a change of owner all rows are free 1 s later. A restart mends what has
 * gone wrong in this process, and nothing beyond it: while Kafka or PostgreSQL is away for everybody it would only make
 * each worker come back later, by its supervisor's growing wait. So such a fault has 5 minutes, and then a new process on
 * maybe another machine is worth a try.
 */
export const checkLimits: CheckLimits = {
  silentUnreadyMs: 10_000,
  waitingUnreadyMs: 5_000,
  oursMs: 60_000,
  theirsMs: 300_000,
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

export interface Checks extends Pick<Status, 'health' | 'ready'> {
  stop(): void
}

/** Looks once a second, so that how long something has lasted does not depend on who asks. */
export const createChecks = (it: Checked, limits: CheckLimits = checkLimits): Checks => {
  const { silentUnreadyMs, waitingUnreadyMs, oursMs, theirsMs } = limits
  const looks: (() => void)[] = []
  /** For how long something has been so at every look; 0 where it is not. */
  const lasting = (is: () => boolean): (() => number) => {
    let since: number | undefined
    const look = (): number => {
      since = is() ? (since ?? performance.now()) : undefined
      return since === undefined ? 0 : performance.now() - since
    }
    looks.push(look)
    return look
  }
  const startingMs = lasting(() => it.starting() !== undefined)
  const storeFailingMs = lasting(() => it.storeFailure() !== undefined)
  // With all well around it a claimed job runs, or waits at most 2 s for its next attempt.
  const stalledMs = lasting(
    () =>
      it.claimed() > 0 &&
      it.running() === 0 &&
      it.storeFailure() === undefined &&
      it.silentMs() < silentUnreadyMs,
  )
  const health: Status['health'] = {
    start: () => {
      const ms = startingMs()
      return ms > theirsMs ? `not done after ${seconds(ms)}: ${it.starting()}` : undefined
    },
    kafka: () => {
      const ms = it.silentMs()
      return ms > (it.kafkaFailure() === undefined ? oursMs : theirsMs)
        ? `the group has been silent for ${seconds(ms)}`
        : undefined
    },
    database: () => {
      const ms = storeFailingMs()
      return ms > theirsMs ? `failing for ${seconds(ms)}: ${it.storeFailure()}` : undefined
    },
    partitions: () => {
      const ms = it.waitingMs()
      const blameless = it.storeFailure() !== undefined || it.silentMs() > silentUnreadyMs
      return ms > oursMs && !blameless ? `waited for since ${seconds(ms)}` : undefined
    },
    jobs: () => {
      const ms = stalledMs()
      return ms > oursMs ? `${it.claimed()} are claimed and none has run for ${seconds(ms)}` : undefined
    },
  }
  const ready: Status['ready'] = {
    start: it.starting,
    kafka: () => {
      const ms = it.silentMs()
      if (ms <= silentUnreadyMs) return undefined
      const why = it.kafkaFailure()
      return `the group has been silent for ${seconds(ms)}${why === undefined ? '' : `: ${why}`}`
    },
    database: it.storeFailure,
    partitions: () => {
      const ms = it.waitingMs()
      return ms > waitingUnreadyMs ? `waited for since ${seconds(ms)}` : undefined
    },
    leaving: () => (it.leaving() ? 'leaving' : undefined),
  }
  const timer = setInterval(() => {
    for (const look of looks) look()
  }, LOOK_MS)
  timer.unref()
  return { health, ready, stop: () => clearInterval(timer) }
}
