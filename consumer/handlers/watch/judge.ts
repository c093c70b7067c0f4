/** Takes a watcher through points, in turns: other jobs run beside it in this thread. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Verdict, Watcher } from './watcher.ts'

/** Points of one turn: a millisecond or two. */
const TURN = 64

/** Judges points in order; NaN is a missing value. @throws the signal's reason, with the watcher somewhere between */
export const judgeAll = async (
  watcher: Watcher,
  values: readonly number[],
  timesMs: readonly number[] | undefined,
  signal: AbortSignal,
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  for (const [index, value] of values.entries()) {
    if (index > 0 && index % TURN === 0) {
      await nextTurn()
      signal.throwIfAborted()
    }
    verdicts.push(watcher.judge(value, timesMs?.[index]))
  }
  return verdicts
}
