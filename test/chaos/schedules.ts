/** Schedules that tick while all goes wrong: made before it begins, and paused when it is over. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ScheduleBody } from '../../core/schedule.ts'
import { call } from '../support/api.ts'
import type { Ticking } from './evidence.ts'
import { CHAOS_TYPE } from './jobs.ts'

interface Made extends Pick<ScheduleBody, 'cron' | 'intervalMs'> {
  readonly everyMs: number
  readonly overlap: 'allow' | 'queue'
  readonly job: {
    readonly key?: string
    readonly priority?: string
    readonly ms: number
    readonly failures?: number
  }
}

/** What fails waits for less than its distance to the next, in the mean: else its queue grows. */
const BACKOFF_MS = 3_000

/** Seldom enough that those that queue keep up with their ticks. */
const schedules: Readonly<Record<string, Made>> = {
  'each-second': { everyMs: 1_000, intervalMs: 1_000, overlap: 'allow', job: { ms: 20 } },
  'in-turn': { everyMs: 1_000, intervalMs: 1_000, overlap: 'queue', job: { ms: 100 } },
  // Among the load's jobs of that key and priority.
  'even-seconds': {
    everyMs: 2_000,
    cron: '*/2 * * * * *',
    overlap: 'allow',
    job: { key: 'key-7', priority: 'high', ms: 20 },
  },
  'fails-once': { everyMs: 4_000, intervalMs: 4_000, overlap: 'queue', job: { ms: 20, failures: 1 } },
}

const bodyOf = ({ cron, intervalMs, overlap, job: { ms, failures = 0, ...job } }: Made): object => ({
  ...(cron === undefined ? { intervalMs } : { cron }),
  overlap,
  missed: 'all',
  job: {
    type: CHAOS_TYPE,
    ...job,
    maxAttempts: 4,
    backoffMs: BACKOFF_MS,
    maxBackoffMs: BACKOFF_MS,
    payload: { seq: -1, ms, failures },
  },
})

/** A schedule in an answer. */
interface View {
  readonly startAt: string
  readonly createdAt: string
  readonly updatedAt: string
}

const TRIES = 30

/** Asks until it is done: both requests may be repeated. */
const ask = async (url: string, method: string, json?: object): Promise<View> => {
  for (let tries = 1; ; tries++) {
    const answer = await call(url, { method, ...(json ? { json } : {}) }).catch(() => undefined)
    if (answer && answer.status < 300) return answer.body as View
    if (tries === TRIES || (answer && answer.status < 500))
      throw new Error(`${method} ${url}: ${answer?.text ?? 'no answer'}`)
    await delay(300)
  }
}

/** Until when they tick is not known yet. */
export type Begun = Omit<Ticking, 'until'>

export const createSchedules = (url: string): Promise<Begun[]> =>
  Promise.all(
    Object.entries(schedules).map(async ([name, made]) => {
      const { startAt, createdAt } = await ask(`${url}/api/schedules/${name}`, 'PUT', bodyOf(made))
      const from = Date.parse(createdAt)
      const { everyMs, overlap, job } = made
      const origin = made.cron === undefined ? Date.parse(startAt) : 0
      const attempts = 1 + (job.failures ?? 0)
      return { name, everyMs, origin, from, queues: overlap === 'queue', attempts }
    }),
  )

export const pauseSchedules = (url: string, begun: readonly Begun[]): Promise<Ticking[]> =>
  Promise.all(
    begun.map(async (schedule) => {
      const { updatedAt } = await ask(`${url}/api/schedules/${schedule.name}/pause`, 'POST')
      return { ...schedule, until: Date.parse(updatedAt) }
    }),
  )
