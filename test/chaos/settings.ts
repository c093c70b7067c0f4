/** What a run with these faults is made of, and how much it may repeat. Pure. */

import type { FaultGroup } from './deck.ts'
import type { JobMix } from './jobs.ts'

export interface Settings {
  readonly groups: readonly FaultGroup[]
  readonly rate: number
  readonly mix: JobMix
  /** Share of the jobs that may run again. */
  readonly repeats: number
  /** So many may in any case. */
  readonly repeatsAnyway: number
  /** Time for a worker to learn of a cancellation, ms. One that is frozen, or cut off, may not for long. */
  readonly cancelMs: number
}

const gentle: readonly FaultGroup[] = ['term', 'scale']

/**
 * With nothing but SIGTERM and scaling no job that is shorter than the drain (2 s) is repeated, so some are nearly as
 * long; where processes die and connections break, at most one in a hundred.
 */
export const settingsFor = (groups: readonly FaultGroup[]): Settings =>
  groups.every((group) => gentle.includes(group))
    ? {
        groups,
        rate: 600,
        mix: { longestMs: 1_200, long: 0.03 },
        repeats: 0,
        repeatsAnyway: 0,
        cancelMs: 3_000,
      }
    : {
        groups,
        rate: 600,
        mix: { longestMs: 300, long: 0.02 },
        repeats: 0.01,
        repeatsAnyway: 50,
        cancelMs: Number.POSITIVE_INFINITY,
      }
