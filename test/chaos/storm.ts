/** The time in which things go wrong: load and faults at once, then everything healed, until nothing waits any more. */
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../until.ts'
import type { ProcessState, Ticking } from './evidence.ts'
import { type Inflicted, runSchedule } from './faults.ts'
import { type Fleet, stateOf } from './fleet.ts'
import type { Installation } from './installation.ts'
import type { Load } from './load.ts'
import type { Operator } from './operator.ts'
import type { Outages } from './outages.ts'
import { Progress, type Sample } from './progress.ts'
import { type Fault, fleetSize } from './schedule.ts'
import { createSchedules, pauseSchedules } from './schedules.ts'
import type { Servers } from './servers.ts'
import { readPartitions } from './stores.ts'
import { parkedJobs, ticksAreWritten } from './tables.ts'

const DRAIN_LIMIT_MS = 50_000
const TICKS_LIMIT_MS = 10_000
const READY_LIMIT_MS = 30_000
const READY_AGAIN_LIMIT_MS = 15_000
const ASK_MS = 200

export interface StormParts {
  readonly servers: Servers
  readonly platform: Installation
  readonly fleet: Fleet
  /** Makes the load; it is given what waits at the moment. */
  readonly load: (waiting: () => number) => Load
  readonly operator: Operator
  readonly outages: Outages
  readonly schedule: readonly Fault[]
  readonly seconds: number
  /** Takes lines, and errors that are none of the run's. */
  readonly log: (line: unknown) => void
}

export interface Storm {
  readonly load: Load
  readonly inflicted: readonly Inflicted[]
  /** From the start of the load to the end of the drain. */
  readonly samples: readonly Sample[]
  /** How many of them were taken under load. */
  readonly underLoad: number
  /** From the end of the load until nothing was parked and all was committed, ms; the limit where it never was. */
  readonly drainMs: number
  /** When all had the time to be ready again. */
  readonly workers: readonly ProcessState[]
  readonly wanted: number
  readonly masters: readonly ProcessState[]
  readonly schedules: readonly Ticking[]
}

const allReady = async (fleet: Fleet): Promise<boolean> => {
  await delay(ASK_MS)
  const states = await fleet.states()
  return states.length === fleet.wanted && states.every(({ status }) => status === 200)
}

const allDone = async ({ kafka, names, pool }: Installation): Promise<boolean> => {
  await delay(ASK_MS)
  if ((await parkedJobs(pool)) > 0) return false
  const partitions = await readPartitions(kafka, names.byPriority, names.slaves)
  return partitions.every(({ committed, end }) => committed === end)
}

/** What was late since the database was away: a pause would leave it out. */
const ticksWritten = async ({ pool }: Installation): Promise<boolean> => {
  await delay(ASK_MS)
  return ticksAreWritten(pool)
}

/** Resolves once all is over, whether it came to a good end or not. Rejects where a server did not come back. */
export const runStorm = async (parts: StormParts): Promise<Storm> => {
  const { servers, platform, fleet, operator, outages, schedule, seconds, log } = parts
  const progress = new Progress(platform.pool)
  const load = parts.load(() => progress.waiting)
  try {
    fleet.scaleTo(fleetSize.start)
    await until('the workers are ready', () => allReady(fleet), READY_LIMIT_MS)
    progress.start(() => load.accepted.size)
    const [master] = platform.masters
    const begun = await createSchedules(master.url)
    operator.start()
    await load.start()
    log('the load begins')
    const [inflicted] = await Promise.all([
      runSchedule(schedule, { fleet, servers, outages, log }),
      delay(seconds * 1_000),
    ])
    const underLoad = progress.samples.length
    await load.stop()
    log('the load has ended')
    const since = performance.now()
    await operator.stop()
    await until('the ticks are written', () => ticksWritten(platform), TICKS_LIMIT_MS).catch(log)
    const schedules = await pauseSchedules(master.url, begun)
    log('the schedules are paused')
    await until('all is done', () => allDone(platform), DRAIN_LIMIT_MS).catch(log)
    const drainMs = performance.now() - since
    log(`drained for ${Math.round(drainMs)} ms`)
    await until('the workers are ready', () => allReady(fleet), READY_AGAIN_LIMIT_MS).catch(log)
    return {
      load,
      inflicted,
      samples: progress.samples,
      underLoad,
      drainMs,
      workers: await fleet.states(),
      wanted: fleet.wanted,
      masters: await Promise.all(platform.masters.map((it, index) => stateOf(`master-${index + 1}`, it))),
      schedules,
    }
  } finally {
    progress.stop()
    await load.stop().catch(log)
    await operator.stop()
  }
}
