/** Waiting for a cluster, which is asked now and then. */
import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../../../core/errors.ts'

export interface Patience {
  readonly limitMs: number
  readonly everyMs?: number
}

/**
 * Asks until `ask` gives something but undefined or false; an error of it counts as "not yet". `now` says what is the case
 * meanwhile, for the message. @throws Error naming `what` after the limit
 */
export const eventually = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  { limitMs, everyMs = 400 }: Patience,
  now: () => unknown = () => undefined,
): Promise<T> => {
  const since = performance.now()
  let failure: unknown
  for (;;) {
    try {
      const answer = await ask()
      failure = undefined
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() - since > limitMs) {
      const state = now()
      const why = failure === undefined ? '' : `; the last look failed: ${toError(failure).message}`
      const is = state === undefined ? '' : `; it is ${JSON.stringify(state)}`
      throw new Error(`not within ${Math.round(limitMs / 1_000)} s: ${what}${is}${why}`)
    }
    await delay(everyMs)
  }
}
