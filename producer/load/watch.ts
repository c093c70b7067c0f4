/** What the fleet did during a run, read once a second. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type Decision, decision } from '../../core/events/event.ts'
import type { Client } from './client.ts'

/** Of `GET /api/scaling`, what this needs. */
const scaling = z.object({
  lag: z.number(),
  arrivalRate: z.number(),
  drainRate: z.number(),
  replicas: z.object({ desired: z.number(), ready: z.number() }),
  decisions: z.array(decision),
})
export type Scaling = z.output<typeof scaling>

/** @throws whatever {@link Client.get} throws; AppError SETUP_FAILED where something else answers at that address */
export const readScaling = async (client: Client): Promise<Scaling> => {
  const { data } = scaling.safeParse(await client.get('/scaling'))
  if (!data) throw new AppError('SETUP_FAILED', 'what answers there is not a master of AnomalyGuard')
  return data
}

export interface Sample {
  /** Seconds since the start of the run. */
  readonly atS: number
  /** Jobs in the log that are not committed. */
  readonly lag: number
  /** Workers. */
  readonly ready: number
  readonly desired: number
  /** Jobs/s over the last 10 s, as the master measures it. */
  readonly arrivalRate: number
  readonly drainRate: number
  /** Jobs of this run. */
  readonly sent: number
  readonly accepted: number
  readonly finished: number
}

/** Decisions that are new to `known`, changed something and came at `since` or later; the oldest first. */
export const newDecisions = (
  known: readonly Decision[],
  told: readonly Decision[],
  since: number,
): Decision[] => {
  const seen = new Set(known.map(({ at, from, to }) => `${at} ${from} ${to}`))
  return told
    .filter(({ at, from, to }) => from !== to && Date.parse(at) >= since && !seen.has(`${at} ${from} ${to}`))
    .toSorted((a, b) => a.at.localeCompare(b.at))
}

export interface Counts {
  readonly sent: number
  readonly accepted: number
  readonly finished: number
}

export class Watch {
  readonly samples: Sample[] = []
  readonly decisions: Decision[] = []
  readonly #startedAt: number

  /** `startedAt`: milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** Keeps what the master said just now. */
  add({ lag, arrivalRate, drainRate, replicas, decisions }: Scaling, counts: Counts, at: number): Sample {
    this.decisions.push(...newDecisions(this.decisions, decisions, this.#startedAt))
    const atS = (at - this.#startedAt) / 1_000
    const sample: Sample = { atS, lag, ...replicas, arrivalRate, drainRate, ...counts }
    this.samples.push(sample)
    return sample
  }
}
