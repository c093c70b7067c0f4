/** The load: which job is the n-th, what is done to it, and how it should end. Pure: seed and number say all. */
import { z } from 'zod'
import type { Priority } from '../../core/job.ts'
import { randomFrom } from '../support/random.ts'
import { between, type Random } from './random.ts'

export const CHAOS_TYPE = 'test.chaos'

/** How long jobs run. */
export interface JobMix {
  /** Longest job, ms. Most are far shorter. */
  readonly longestMs: number
  /** Share of jobs with a length up to `longestMs`; the others take up to 50 ms. */
  readonly long: number
}

export interface ChaosJob {
  readonly type: string
  readonly key?: string
  readonly priority?: Priority
  readonly maxAttempts: number
  readonly backoffMs?: number
  readonly maxBackoffMs?: number
  readonly delayMs?: number
  readonly payload: {
    readonly seq: number
    readonly ms: number
    readonly failures: number
    readonly fatal: boolean
  }
}

const KEYS = 100
export const HOT_KEY = 'hot'

/** Longest wait between two attempts, ms: two thirds of the waits below it are long enough to park. */
const SLOW_BACKOFF_MS = 6_000
const DELAYED = 0.03
const DELAY_MS = [1_000, 8_000] as const

const streamOf = (seed: number, seq: number): Random =>
  randomFrom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(seq + 1, 0x85ebca6b))

/** Of a hundred jobs: 45 are keyless, 4 have the hot key, the others one of a hundred keys. */
const keyOf = (draw: number, random: Random): string | undefined => {
  if (draw < 0.45) return undefined
  return draw < 0.49 ? HOT_KEY : `key-${between(random, 1, KEYS)}`
}

type Fate = Pick<ChaosJob, 'maxAttempts' | 'backoffMs' | 'maxBackoffMs'> &
  Pick<ChaosJob['payload'], 'failures' | 'fatal'>

/** What dies succeeds in its next attempt, should it be given one. */
const fateOf = (draw: number, key: string | undefined, random: Random): Fate => {
  if (draw < 0.03) return { failures: between(random, 1, 2), fatal: false, maxAttempts: 4 }
  if (draw < 0.04) return { failures: 2, fatal: false, maxAttempts: 2 }
  if (draw < 0.05) return { failures: 1, fatal: true, maxAttempts: 4 }
  // Keyed ones keep their key waiting: few of them, so that keys go on.
  if (draw >= (key === undefined ? 0.09 : 0.065)) return { failures: 0, fatal: false, maxAttempts: 4 }
  const maxBackoffMs = key === HOT_KEY ? SLOW_BACKOFF_MS / 2 : SLOW_BACKOFF_MS
  const backoffMs = between(random, maxBackoffMs / 2, maxBackoffMs)
  return { failures: between(random, 1, 3), fatal: false, maxAttempts: 4, backoffMs, maxBackoffMs }
}

const priorityOf = (draw: number): Priority | undefined => {
  if (draw < 0.08) return 'high'
  return draw < 0.2 ? 'low' : undefined
}

/** The `seq`-th job of the load of a seed. */
export const jobOf = (seed: number, seq: number, { longestMs, long }: JobMix): ChaosJob => {
  const random = streamOf(seed, seq)
  const key = keyOf(random(), random)
  const hot = key === HOT_KEY
  const isLong = random() < long && !hot
  const ms = Math.floor((isLong ? longestMs : hot ? 5 : 50) * random() ** (isLong ? 1 : 3))
  const { failures, fatal, ...options } = fateOf(random() * (hot ? 8 : 1), key, random)
  const priority = priorityOf(random())
  return {
    type: CHAOS_TYPE,
    ...(key === undefined ? {} : { key }),
    ...(priority === undefined ? {} : { priority }),
    ...(random() < DELAYED ? { delayMs: between(random, ...DELAY_MS) } : {}),
    ...options,
    payload: { seq, ms, failures, fatal },
  }
}

/** What is done to a job once it is accepted. */
export interface Meddling {
  /** It is cancelled so long after its acceptance, ms; undefined: it is not. */
  readonly cancelAfterMs: number | undefined
  /** Should it die, it is replayed. */
  readonly replay: boolean
}

const CANCEL_WITHIN_MS = 5_000

/** Those that wait for long are cancelled more often: else few would be while they are parked. */
export const meddlingOf = (seed: number, job: ChaosJob): Meddling => {
  const random = streamOf(~seed, job.payload.seq)
  const waits = job.delayMs !== undefined || job.backoffMs !== undefined
  const cancelled = random() < (waits ? 0.2 : 0.015)
  const cancelAfterMs = Math.floor(CANCEL_WITHIN_MS * random() ** (waits ? 1 : 3))
  return { cancelAfterMs: cancelled ? cancelAfterMs : undefined, replay: random() < 0.5 }
}

export interface Ending {
  readonly status: 'succeeded' | 'dead'
  /** The number of its last attempt. More, where attempts were lost with their worker. */
  readonly attempts: number
}

/** How a job must end. */
export interface Expectation extends Ending {
  readonly seq: number
  /** How, once it was replayed. */
  readonly replayed: Ending
  /** It may not run before this, milliseconds since the epoch. */
  readonly notBefore: number | undefined
}

const record = z.object({
  maxAttempts: z.int(),
  runAt: z.iso.datetime().optional(),
  payload: z.object({ seq: z.int(), failures: z.int(), fatal: z.boolean() }),
})

const endOf = (failures: number, fatal: boolean, maxAttempts: number): Ending => {
  if (fatal && failures > 0) return { status: 'dead', attempts: 1 }
  return failures < maxAttempts
    ? { status: 'succeeded', attempts: failures + 1 }
    : { status: 'dead', attempts: maxAttempts }
}

/** What the value of a record says of its job; undefined where it is none of ours. */
export const expectedOf = (value: string): Expectation | undefined => {
  const parsed = record.safeParse(JSON.parse(value))
  if (!parsed.success) return undefined
  const { payload, maxAttempts, runAt } = parsed.data
  const { seq, failures, fatal } = payload
  return {
    seq,
    ...endOf(failures, fatal, maxAttempts),
    replayed: { status: 'succeeded', attempts: failures + 1 },
    notBefore: runAt === undefined ? undefined : Date.parse(runAt),
  }
}
