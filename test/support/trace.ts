/** What the handler `test.work` has written: when each attempt began and ended, on one clock for all processes. */
import { existsSync, readFileSync } from 'node:fs'

interface Line {
  readonly what: 'start' | 'end' | 'abort'
  readonly name: string
  readonly id: string
  readonly key?: string
  readonly attempt: number
  readonly pid: number
  readonly at: number
}

export interface Run {
  readonly name: string
  readonly id: string
  readonly key: string | undefined
  readonly attempt: number
  readonly pid: number
  /** Milliseconds. */
  readonly start: number
  /** Infinity where it never ended. */
  readonly end: number
}

/** All runs, in the order of their starts. */
export const readRuns = (file: string): Run[] => {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  const sameRun = (a: Line, b: Line): boolean => a.id === b.id && a.attempt === b.attempt && a.pid === b.pid
  const ends = lines.filter(({ what }) => what !== 'start')
  return lines
    .filter(({ what }) => what === 'start')
    .map((line) => {
      const { name, id, key, attempt, pid, at: start } = line
      const end = ends.find((it) => sameRun(it, line) && it.at >= start)?.at ?? Number.POSITIVE_INFINITY
      return { name, id, key, attempt, pid, start, end }
    })
    .sort((a, b) => a.start - b.start)
}

/** The most that ran at one moment. */
export const mostAtOnce = (runs: readonly Run[]): number =>
  Math.max(0, ...runs.map(({ start }) => runs.filter((it) => it.start <= start && it.end > start).length))
