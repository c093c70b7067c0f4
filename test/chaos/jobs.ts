/** The load: which job is the n-th, and how it should end. Pure: seed and number say all. */
import { z } from 'zod'
import { randomFrom } from '../support/random.ts'
import { between } from './random.ts'

export const CHAOS_TYPE = 'test.chaos'

/** How jobs end. */
export interface JobMix {
  /** Longest job, ms. Most are far shorter. */
  readonly longestMs: number
  /** Share of jobs with a length up to `longestMs`; the others take up to 50 ms. */
  readonly long: number
}

export interface ChaosJob {
  readonly type: string
  readonly key?: string
  readonly maxAttempts: number
  readonly payload: {
    readonly seq: number
    readonly ms: number
    readonly failures: number
    readonly fatal: boolean
  }
}

const KEYS = 100
export const HOT_KEY = 'hot'

/** Of a hundred jobs: 45 are keyless, 4 have the hot key, the others one of a hundred keys. */
const keyOf = (draw: number, random: () => number): string | undefined => {
  if (draw < 0.45) return undefined
  return draw < 0.49 ? HOT_KEY : `key-${between(random, 1, KEYS)}`
}

/** The `seq`-th job of the load of a seed. */
export const jobOf = (seed: number, seq: number, { longestMs, long }: JobMix): ChaosJob => {
  const random = randomFrom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(seq + 1, 0x85ebca6b))
  const key = keyOf(random(), random)
  const hot = key === HOT_KEY
  const isLong = random() < long && !hot
  const ms = Math.floor((isLong ? longestMs : hot ? 5 : 50) * random() ** (isLong ? 1 : 3))
  const fate = random() * (hot ? 8 : 1)
  const [failures, fatal, maxAttempts] =
    fate < 0.03
      ? [between(random, 1, 2), false, 4]
      : fate < 0.04
        ? [9, false, 2]
        : fate < 0.05
          ? [9, true, 4]
          : [0, false, 4]
  return {
    type: CHAOS_TYPE,
    ...(key === undefined ? {} : { key }),
    maxAttempts,
    payload: { seq, ms, failures, fatal },
  }
}

/** How a job must end. */
export interface Expectation {
  readonly seq: number
  readonly status: 'succeeded' | 'dead'
  /** The number of its last attempt. More, where attempts were lost with their worker. */
  readonly attempts: number
}

const record = z.object({
  maxAttempts: z.int(),
  payload: z.object({ seq: z.int(), failures: z.int(), fatal: z.boolean() }),
})

const endOf = (failures: number, fatal: boolean, maxAttempts: number): Omit<Expectation, 'seq'> => {
  if (fatal && failures > 0) return { status: 'dead', attempts: 1 }
  return failures < maxAttempts
    ? { status: 'succeeded', attempts: failures + 1 }
    : { status: 'dead', attempts: maxAttempts }
}

/** What the value of a record says of its job; undefined where it is none of ours. */
export const expectedOf = (value: string): Expectation | undefined => {
  const parsed = record.safeParse(JSON.parse(value))
  if (!parsed.success) return undefined
  const { payload, maxAttempts } = parsed.data
  return { seq: payload.seq, ...endOf(payload.failures, payload.fatal, maxAttempts) }
}
