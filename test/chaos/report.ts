/** What a chaos run came to, in figures: a table for people and a line of JSON for programs. Pure. */
import type { Cancel, Evidence, Replay, RunEnd } from './evidence.ts'
import type { Inflicted } from './faults.ts'
import { expectedIn } from './findings.ts'
import type { LoadCounts } from './load.ts'
import { distinctJobs, findRepeats } from './repeats.ts'

/** What became of the process that a repeated job ran in first. */
export type Fate = 'kill -9' | 'SIGTERM' | 'its own end' | 'frozen' | 'alive'

export interface Report {
  readonly seed: number
  readonly seconds: number
  /** How often each kind of fault was made. */
  readonly faults: Readonly<Record<string, number>>
  readonly accepted: number
  /** Submissions without a 202, in the end. */
  readonly refused: number
  /** Requests that were sent again with their Idempotency-Key. */
  readonly repeatedRequests: number
  /** Jobs with an outcome. */
  readonly finished: number
  /** Of these: dead, as told to be, and not replayed. */
  readonly dead: number
  /** Runs that failed, as told to. */
  readonly failedAttempts: number
  /** Jobs parked at one moment. */
  readonly parkedAtMost: number
  /** Jobs with a time before which they may not run. */
  readonly delayed: number
  /** Requests to cancel a job, by what came of them. */
  readonly cancels: Readonly<Partial<Record<Cancel['answer'], number>>>
  readonly replays: Readonly<Partial<Record<Replay, number>>>
  /** Ticks of schedules. */
  readonly ticks: number
  /** Records that were no jobs. */
  readonly poison: number
  readonly deadLetters: number
  readonly repeats: number
  /** Repeats, of the jobs that ran, %. */
  readonly repeatsPercent: number
  readonly repeatsAfter: Readonly<Partial<Record<Fate, number>>>
  /** How the run had ended that was made again. */
  readonly repeatsOf: Readonly<Partial<Record<RunEnd | 'cut off', number>>>
  /** Jobs accepted and not ended, the median while there was load. */
  readonly medianWaiting: number
  /** Longest time without a recorded outcome while jobs waited, s. */
  readonly worstPauseS: number
  /** From the end of the load until all offsets were committed, s. */
  readonly drainS: number
  readonly jobsPerS: number
  readonly workers: number
  /** Workers that ended and were not told to. */
  readonly endedByThemselves: number
  /** Workers that were told to leave and did so with an error, or not in time. */
  readonly leftBadly: number
}

export interface ReportParts {
  readonly seed: number
  readonly seconds: number
  readonly evidence: Evidence
  readonly inflicted: readonly Inflicted[]
  readonly counts: LoadCounts
  readonly medianWaiting: number
  readonly worstPauseMs: number
  readonly parkedAtMost: number
  readonly drainMs: number
  readonly fateOf: (pid: number) => Fate
  readonly workers: number
  readonly endedByThemselves: number
  readonly leftBadly: number
}

const countBy = <Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> => {
  const counts: Partial<Record<Key, number>> = {}
  for (const key of [...keys].sort()) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

export const makeReport = (parts: ReportParts): Report => {
  const { seed, seconds, evidence, inflicted, counts, worstPauseMs, drainMs, fateOf } = parts
  const { log, outcomes, dead, runs, cancels, replays, ticks } = evidence
  const repeats = findRepeats(runs)
  return {
    seed,
    seconds,
    faults: countBy(inflicted.filter(({ done }) => done).map(({ kind }) => kind)),
    accepted: counts.accepted,
    refused: counts.refused,
    repeatedRequests: counts.repeated,
    finished: outcomes.length,
    dead: outcomes.filter(({ status }) => status === 'dead').length,
    failedAttempts: runs.filter(({ how }) => how === 'failed').length,
    parkedAtMost: parts.parkedAtMost,
    delayed: log.filter((it) => it.poison === undefined && expectedIn(it)?.notBefore !== undefined).length,
    cancels: countBy([...cancels.values()].map(({ answer }) => answer)),
    replays: countBy([...replays.values()]),
    ticks: ticks.length,
    poison: log.filter(({ poison }) => poison !== undefined).length,
    deadLetters: dead.length,
    repeats: repeats.length,
    repeatsPercent: rounded((100 * repeats.length) / Math.max(1, distinctJobs(runs)), 3),
    repeatsAfter: countBy(repeats.map(({ first }) => fateOf(first.pid))),
    repeatsOf: countBy(repeats.map(({ first }) => first.how ?? 'cut off')),
    medianWaiting: parts.medianWaiting,
    worstPauseS: rounded(worstPauseMs / 1_000, 1),
    drainS: rounded(drainMs / 1_000, 1),
    jobsPerS: rounded(outcomes.length / (seconds + drainMs / 1_000), 0),
    workers: parts.workers,
    endedByThemselves: parts.endedByThemselves,
    leftBadly: parts.leftBadly,
  }
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none'

export const renderReport = (report: Report): string => {
  const rows: (readonly [string, string | number])[] = [
    ['seed', report.seed],
    ['seconds', report.seconds],
    ['faults', list(report.faults)],
    ['jobs accepted', report.accepted],
    ['refused', `${report.refused} (${report.repeatedRequests} requests repeated)`],
    ['finished', `${report.finished}, ${report.dead} of them dead`],
    ['failed attempts', report.failedAttempts],
    ['parked at most', report.parkedAtMost],
    ['delayed', report.delayed],
    ['cancellations', list(report.cancels)],
    ['replays', list(report.replays)],
    ['ticks of schedules', report.ticks],
    ['records that are no jobs', report.poison],
    ['dead letters', report.deadLetters],
    [
      'repeats',
      `${report.repeats} (${report.repeatsPercent} %); the run before: ${list(report.repeatsOf)}; ` +
        `its worker by now: ${list(report.repeatsAfter)}`,
    ],
    ['jobs that waited', `${report.medianWaiting} (median)`],
    ['worst pause', `${report.worstPauseS} s`],
    ['drained after', `${report.drainS} s`],
    ['jobs/s', report.jobsPerS],
    [
      'workers',
      `${report.workers} lives; ${report.endedByThemselves} ended by themselves, ${report.leftBadly} left badly`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
}
