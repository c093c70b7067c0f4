/** How much of something may run, in words. Pure. */
import type { LimitState } from '../kit/api/types.ts'
import { count, value } from '../kit/format.ts'

/** `3 at once, 2.5 starts/s`; without a limit `No limit`. */
export const limitWords = ({ concurrency, rate }: Partial<LimitState>): string => {
  const parts = [
    ...(concurrency === undefined ? [] : [`${count(concurrency)} at once`]),
    ...(rate === undefined ? [] : [`${value(rate)} starts/s`]),
  ]
  return parts.length === 0 ? 'No limit' : parts.join(', ')
}

export const isLimited = ({ concurrency, rate }: Partial<LimitState>): boolean =>
  concurrency !== undefined || rate !== undefined
