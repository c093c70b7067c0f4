import { setTimeout as delay } from 'node:timers/promises'
import { AppError, toError } from './errors.ts'
import type { Logger } from './telemetry/logger.ts'

const FIRST_WAIT_MS = 50
const MAX_WAIT_MS = 2_000

/** Repeats `attempt` until it succeeds; undefined once `signal` is aborted. The first failure of a row is logged. */
export const untilDone = async <T>(
  attempt: () => Promise<T>,
  complaint: string,
  log: Logger,
  signal: AbortSignal,
): Promise<T | undefined> => {
  for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(MAX_WAIT_MS, wait * 2)) {
    try {
      return await attempt()
    } catch (error) {
      if (wait === FIRST_WAIT_MS) log.warn({ err: error }, `${complaint}; trying again`)
      await delay(wait, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}

/** Repeats `attempt` for as long as it fails with something that `passes` says will pass, for at most `limitMs`. */
export const whilePassing = async <T>(
  attempt: () => Promise<T>,
  passes: (error: unknown) => boolean,
  limitMs: number,
): Promise<T> => {
  const end = Date.now() + limitMs
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(MAX_WAIT_MS, wait * 2)) {
    try {
      return await attempt()
    } catch (error) {
      if (!passes(error) || Date.now() + wait > end) throw toError(error)
      await delay(wait)
    }
  }
}

/** Repeats `attempt` for as long as what fails may pass by itself. @throws what won't, or the signal's reason once it is aborted */
export const whileRetryable = async <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(MAX_WAIT_MS, wait * 2)) {
    try {
      signal.throwIfAborted()
      return await attempt()
    } catch (error) {
      if (signal.aborted) throw toError(signal.reason)
      if (!(error instanceof AppError && error.retryable)) throw error
      await delay(wait, undefined, { signal }).catch(() => {})
    }
  }
}
