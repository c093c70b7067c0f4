/** Schedules as the API uses them, and the clock that runs them. */
import type { Registry } from 'prom-client'
import type { Config } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'
import type { HandlerRegistry } from '../../core/handlers/registry.ts'
import {
  MAX_SCHEDULE_JOB_BYTES,
  MAX_SCHEDULES,
  type Schedule,
  type ScheduleBody,
} from '../../core/schedule.ts'
import { type Database, openDatabase, storeError } from '../../core/store/database.ts'
import {
  type Changed,
  changeSchedule,
  getSchedule,
  type KnownSchedule,
  listSchedules,
  type ScheduleFilter,
  type ScheduleList,
} from '../../core/store/schedules.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { checkJob } from '../check-job.ts'
import type { Submit, SubmitContext, Submitted } from '../submit.ts'
import { replaced, withPause } from './change.ts'
import { ScheduleClock } from './clock.ts'
import { jobOf } from './materialize.ts'
import { scheduleMetrics } from './metrics.ts'
import type { Place } from './place.ts'

/** How long the clock waits for an answer of the database, milliseconds. */
const CLOCK_LIMIT_MS = 5_000
/** Ticks that are shown of the past. */
const RECENT = 20
/** A start is at most so far from now, milliseconds: ten years. */
const MAX_START_MS = 3_653 * 86_400_000

export interface SchedulesParts {
  readonly config: Config
  readonly db: Database
  readonly handlers: HandlerRegistry
  readonly submit: Submit
  readonly place: Place
  readonly registry: Registry
  readonly log: Logger
}

/** A schedule, and the database's time (milliseconds since the epoch) when it was so. */
export interface ScheduleNow {
  readonly schedule: Schedule
  readonly now: number
}

/** All throw AppError STORE_UNAVAILABLE, and NOT_FOUND where a schedule has to be there and is not. */
export interface Schedules {
  list(filter: ScheduleFilter): Promise<ScheduleList>
  get(name: string): Promise<KnownSchedule>
  /** @throws AppError SCHEDULE_EXISTS, SCHEDULES_FULL, TYPE_UNKNOWN, REQUEST_INVALID, PAYLOAD_TOO_LARGE */
  create(name: string, body: ScheduleBody): Promise<ScheduleNow>
  /** Makes it, or puts it in the place of what is there. @throws as `create` but for SCHEDULE_EXISTS */
  replace(name: string, body: ScheduleBody): Promise<ScheduleNow & { readonly isNew: boolean }>
  setPaused(name: string, paused: boolean): Promise<ScheduleNow>
  remove(name: string): Promise<void>
  /** Submits its job now, beside its ticks. @throws as Submit */
  run(name: string, context: SubmitContext): Promise<Submitted & { readonly schedule: Schedule }>
  stop(): Promise<void>
}

/** What has to be there. @throws AppError NOT_FOUND */
const there = <T>(name: string, found: T | undefined): T => {
  if (found === undefined) throw new AppError('NOT_FOUND', `There is no schedule ${name}.`)
  return found
}

/** Opens a connection for the clock and starts it. */
export const startSchedules = (parts: SchedulesParts): Schedules => {
  const { config, db, handlers, submit, place, registry, log } = parts
  const { schema } = config.database
  const own = openDatabase({ ...config.database, pool: 1 }, config.nodeId, log, CLOCK_LIMIT_MS)
  const clock = new ScheduleClock({ db: own, schema, place, metrics: scheduleMetrics(registry), log })
  clock.start()

  const stored = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw error instanceof AppError ? error : storeError(error)
    }
  }

  const change = async (name: string, decide: Parameters<typeof changeSchedule>[3]): Promise<Changed> => {
    const changed = await stored(changeSchedule(db, schema, name, decide))
    if (changed.kind === 'full')
      throw new AppError('SCHEDULES_FULL', `There are ${MAX_SCHEDULES} schedules, which is the limit.`)
    clock.poke()
    return changed
  }

  const check = ({ job, startAt }: ScheduleBody): void => {
    checkJob(handlers, job, '/job')
    const bytes = Buffer.byteLength(JSON.stringify(job))
    if (bytes > MAX_SCHEDULE_JOB_BYTES) {
      throw new AppError(
        'PAYLOAD_TOO_LARGE',
        `The job is ${bytes} bytes; a schedule’s has at most ${MAX_SCHEDULE_JOB_BYTES}.`,
      )
    }
    if (startAt !== undefined && Math.abs(Date.parse(startAt) - Date.now()) > MAX_START_MS) {
      const message = 'must be within ten years of now'
      throw new AppError('REQUEST_INVALID', `/startAt: ${message}`, {
        faults: [{ path: '/startAt', message }],
      })
    }
  }

  const get = async (name: string): Promise<KnownSchedule> =>
    there(name, await stored(getSchedule(db, name, RECENT)))

  return {
    list: (filter) => stored(listSchedules(db, filter)),
    get,
    async create(name, body) {
      check(body)
      const { before, after, now } = await change(name, (present, at) =>
        present ? undefined : replaced(name, body, present, at),
      )
      if (before) {
        throw new AppError('SCHEDULE_EXISTS', `There is a schedule ${name}; PUT replaces it.`, {
          faults: [{ path: '/name', message: 'is taken' }],
        })
      }
      return { schedule: there(name, after), now }
    },
    async replace(name, body) {
      check(body)
      const { before, after, now } = await change(name, (present, at) => replaced(name, body, present, at))
      return { schedule: there(name, after), now, isNew: before === undefined }
    },
    async setPaused(name, paused) {
      const { after, now } = await change(name, (present, at) => present && withPause(present, paused, at))
      return { schedule: there(name, after), now }
    },
    async remove(name) {
      const { before } = await change(name, (present) => present && 'removed')
      there(name, before)
    },
    async run(name, context) {
      const { schedule } = await get(name)
      return { ...(await submit(jobOf(schedule), context)), schedule }
    },
    async stop() {
      await clock.stop()
      await own.close()
    },
  }
}
