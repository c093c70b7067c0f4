import { savedFields, savedNumber } from '../saved.ts'
import { Judge } from './judge.ts'

/**
 * How lively the series has been of late, compared with what is usual: noise that grows, and silence. The mean of the last
 * deviations, each cut off so that no single one decides, on a logarithmic scale, around its own long mean.
 */
export interface Activity {
  /** Takes how far a value is from its forecast, in units in which that is about 1. */
  observe(deviation: number): number
  save(): unknown
}

const most = 4
/** Silence is no deeper than this. */
const least = 1e-6
const warmUp = 50

export const createActivity = (window: number, memory: number, state?: unknown): Activity => {
  const saved = state === undefined ? undefined : savedFields(state, 'activity')
  const judge = new Judge(memory, window / 4, saved && (saved['judge'] ?? null))
  let mean = saved ? savedNumber(saved, 'mean', 0) : 1
  let usual = saved ? savedNumber(saved, 'usual') : 0
  let rows = saved ? savedNumber(saved, 'rows', 0) : 0
  return {
    observe(deviation) {
      // Silence from the beginning is no less than usual.
      if (rows === 0 && deviation === 0) return 1
      rows++
      mean += (Math.min(most, deviation) - mean) / window
      const here = Math.log(Math.max(least, mean))
      const away = here - usual
      usual += Math.max(-1, Math.min(1, away)) * Math.max(1 / rows, 0.002)
      return rows > warmUp ? judge.observe(away) : 1
    },
    save: () => ({ judge: judge.save(), mean, usual, rows }),
  }
}
