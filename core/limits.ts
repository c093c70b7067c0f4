/** Limits of types and of prefixes of keys, over the whole fleet. */
import type { JobRecord } from './kafka/record.ts'

/** What a rate may be, jobs a second. */
export const MIN_RATE = 0.000001
export const MAX_RATE = 1_000_000

/** `type:<type>` or `key:<prefix>`. */
export type Subject = string

export interface Limit {
  readonly subject: Subject
  /** Nothing of it starts. */
  readonly paused: boolean
  /** Jobs that run at once. */
  readonly concurrency: number | undefined
  /** Jobs started a second. */
  readonly rate: number | undefined
}

export const isOpen = ({ paused, concurrency, rate }: Limit): boolean =>
  !paused && concurrency === undefined && rate === undefined

/** The limits that a job is under: those of its type and of each prefix of its key. */
export const limitsOf = (limits: readonly Limit[], { type, key }: Pick<JobRecord, 'type' | 'key'>): Limit[] =>
  limits.filter(
    (limit) =>
      !isOpen(limit) &&
      (limit.subject === `type:${type}` ||
        (key !== undefined && limit.subject.startsWith('key:') && key.startsWith(limit.subject.slice(4)))),
  )
