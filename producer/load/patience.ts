import { setTimeout as delay } from 'node:timers/promises'
import { AppError, codeOf } from '../../core/errors.ts'

/** Waits; ends early, without an error, when `signal` aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {})

/** Whether it is the master that fails, which may pass; anything else is a fault of this program. */
export const isAway = (error: unknown): boolean => error instanceof AppError || codeOf(error) !== 'INTERNAL'
