import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../core/telemetry/logger.ts'

/** Repeats `attempt` until it succeeds; undefined once `signal` is aborted. The first failure of a row is logged. */
export const untilDone = async <T>(
  attempt: () => Promise<T>,
  complaint: string,
  log: Logger,
  signal: AbortSignal,
): Promise<T | undefined> => {
  for (let wait = 50; !signal.aborted; wait = Math.min(2_000, wait * 2)) {
    try {
      return await attempt()
    } catch (error) {
      if (wait === 50) log.warn({ err: error }, `${complaint}; trying again`)
      await delay(wait, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
