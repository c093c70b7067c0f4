/** Waiting for what another process does, where it sends no signal of it. */
import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until `ask` gives something but undefined or false. Rejects after `limitMs`, naming `what`. */
export const until = async <T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 15_000,
): Promise<T> => {
  const since = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() - since > limitMs) throw new Error(`never within ${limitMs} ms: ${what}`)
    await delay(20)
  }
}
