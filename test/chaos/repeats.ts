/** Runs that were made again: what handlers see of at-least-once. Pure. */
import type { Run } from './evidence.ts'

export interface Repeat {
  /** What ran first, and was not the last. */
  readonly first: Run
  readonly again: Run
}

const byStart = (a: Run, b: Run): number => a.start - b.start

/**
 * A repeat is a run whose attempt number had been reached already: the same attempt once more, or a count that
 * begins anew. Attempts that failed on purpose are followed by a higher number, and are none.
 */
export const findRepeats = (runs: readonly Run[]): Repeat[] => {
  const last = new Map<string, Run>()
  const repeats: Repeat[] = []
  for (const run of [...runs].sort(byStart)) {
    const before = last.get(run.id)
    if (before !== undefined && run.attempt <= before.attempt) repeats.push({ first: before, again: run })
    last.set(run.id, run)
  }
  return repeats
}

/** Jobs that ran at all. */
export const distinctJobs = (runs: readonly Run[]): number => new Set(runs.map(({ id }) => id)).size

const at = (ms: number | undefined): string => (ms === undefined ? 'never' : `${ms.toFixed(1)} ms`)

/** In words, with the processes that ran it; `nodeOf` names a process. */
export const describeRepeat = ({ first, again }: Repeat, nodeOf: (pid: number) => string): string => {
  const side = ({ attempt, pid, start, end, how }: Run): string =>
    `attempt ${attempt} in ${nodeOf(pid)} from ${at(start)} to ${at(end)} (${how ?? 'cut off'})`
  const key = first.key === undefined ? 'keyless' : `key ${first.key}`
  return `${first.id} (seq ${first.seq}, ${key}): ${side(first)}, and again ${side(again)}`
}
