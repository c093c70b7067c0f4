/**
 * What must hold after a chaos run, whatever went wrong in it. Pure: from {@link Evidence} to the violations, each of
 * which names the jobs, keys and offsets it was found at.
 */
import { deadWithoutLetter, lettersOfTheLiving, poisonWithoutLetter } from './dead-letters.ts'
import {
  cancelledTooLate,
  notCancelled,
  notFound,
  notReplayed,
  startedAfterCancel,
  wrongOutcomes,
} from './endings.ts'
import type { Evidence, ProcessState } from './evidence.ts'
import { about, expectedIn, jobsOf, tickJobs, type Violation } from './findings.ts'
import { disorder, early, overlaps, ticksSwapped } from './order.ts'
import { describeRepeat, distinctJobs, findRepeats } from './repeats.ts'
import { ticksSharingJobs, ticksWithoutOutcome, wasTakenBack, wrongTicks } from './ticks.ts'

const lost = ({ accepted, log }: Evidence): string[] => {
  const jobs = jobsOf(log)
  return [...accepted].filter(([id]) => !jobs.has(id)).map(([id, seq]) => `${id} (seq ${seq})`)
}

const refusedAndThere = ({ refused, log }: Evidence): string[] =>
  [...jobsOf(log).values()].flatMap(([first]) => {
    const seq = first && expectedIn(first)?.seq
    return first && seq !== undefined && refused.has(seq) ? [`seq ${seq}: ${about(first)}`] : []
  })

const withoutOutcome = ({ log, outcomes }: Evidence): string[] => {
  const ended = new Set(outcomes.map(({ id }) => id))
  return [...jobsOf(log)].flatMap(([id, [first]]) => (first && !ended.has(id) ? [about(first)] : []))
}

const severalOutcomes = ({ outcomes }: Evidence): string[] => {
  const seen = new Set<string>()
  return outcomes.filter(({ id }) => seen.has(id) || !seen.add(id)).map(about)
}

const outcomesOfNothing = (evidence: Evidence): string[] => {
  const { log, outcomes, schedules } = evidence
  const ids = new Set(log.map(({ id }) => id))
  const ticks = tickJobs(evidence)
  return outcomes
    .filter(({ id }) => !ids.has(id) && !ticks.has(id))
    .filter(({ id, status }) => status !== 'cancelled' || !wasTakenBack(schedules, id))
    .map(about)
}

const stillParked = ({ parked }: Evidence): string[] => parked.map((row) => `${row.reason}: ${about(row)}`)

const uncommitted = ({ partitions }: Evidence): string[] =>
  partitions
    .filter(({ committed, end }) => committed !== end)
    .map((it) => `${it.topic}, partition ${it.partition}: ${it.committed} of ${it.end}`)

const unready = (states: readonly ProcessState[]): string[] =>
  states.filter(({ status }) => status !== 200).map(({ node, status, said }) => `${node}: ${status} ${said}`)

const workersMissing = ({ workers, wanted }: Evidence): string[] => [
  ...unready(workers),
  ...(workers.length === wanted ? [] : [`${workers.length} workers instead of ${wanted}`]),
]

/** Repeats, where there are more than may be. */
const tooManyRepeats = ({ runs }: Evidence, limits: Limits): string[] => {
  const { repeats: share, repeatsAnyway = 0, unheard = () => false, nodeOf = String } = limits
  const repeats = findRepeats(runs).filter(({ first }) => !unheard(first.pid))
  const most = Math.max(repeatsAnyway, share * distinctJobs(runs))
  return repeats.length > most ? repeats.map((it) => describeRepeat(it, nodeOf)) : []
}

export interface Limits {
  /** Share of the jobs that may be run again. */
  readonly repeats: number
  /** So many may be in any case: what a kill costs does not shrink with the number of jobs, which on a slow machine is small. */
  readonly repeatsAnyway?: number
  /** Processes that were told to end while they could not record: what they had done is done again, and counts for nobody. */
  readonly unheard?: (pid: number) => boolean
  /** Time for a worker to learn of a cancellation, ms; `Infinity` where it may be cut off, or frozen. */
  readonly cancelMs: number
  /** Names the process of a pid. */
  readonly nodeOf?: (pid: number) => string
}

/** Every invariant that does not hold. */
export const violationsOf = (evidence: Evidence, limits: Limits): Violation[] => {
  const { repeats, cancelMs } = limits
  return [
    { invariant: 'every accepted job is in the log', found: lost(evidence) },
    { invariant: 'what was refused for certain is not in the log', found: refusedAndThere(evidence) },
    { invariant: 'every job of the log has an outcome', found: withoutOutcome(evidence) },
    { invariant: 'no job has two outcomes', found: severalOutcomes(evidence) },
    { invariant: 'every outcome has its record in the log, or its tick', found: outcomesOfNothing(evidence) },
    { invariant: 'every outcome is its job’s, as it had to end', found: wrongOutcomes(evidence) },
    { invariant: 'recorded runs of a key neither overlap nor swap', found: disorder(evidence) },
    { invariant: 'nor do those overlap that join their key’s order later', found: overlaps(evidence) },
    { invariant: 'nothing runs before its time', found: early(evidence) },
    { invariant: 'what was cancelled stays cancelled', found: notCancelled(evidence) },
    { invariant: 'what it was too late for is not cancelled', found: cancelledTooLate(evidence) },
    {
      invariant: `what is cancelled starts no more, ${cancelMs} ms later`,
      found: startedAfterCancel(evidence, cancelMs),
    },
    { invariant: 'masters know every accepted job', found: notFound(evidence) },
    { invariant: 'every dead letter of a job can be replayed', found: notReplayed(evidence) },
    { invariant: 'every record that is no job has a dead letter', found: poisonWithoutLetter(evidence) },
    { invariant: 'every dead job has a dead letter', found: deadWithoutLetter(evidence) },
    { invariant: 'what is not dead has no dead letter', found: lettersOfTheLiving(evidence) },
    { invariant: 'every tick is there once, with a job', found: wrongTicks(evidence) },
    { invariant: 'no two ticks have the same job', found: ticksSharingJobs(evidence) },
    { invariant: 'every tick’s job has an outcome', found: ticksWithoutOutcome(evidence) },
    { invariant: 'runs that queue keep the order of their ticks', found: ticksSwapped(evidence) },
    { invariant: 'nothing is parked in the end', found: stillParked(evidence) },
    { invariant: 'all offsets are committed to the end', found: uncommitted(evidence) },
    { invariant: 'all workers are there and ready', found: workersMissing(evidence) },
    { invariant: 'the masters are there and ready', found: unready(evidence.masters) },
    {
      invariant: `at most ${repeats * 100} % of the jobs run again`,
      found: tooManyRepeats(evidence, limits),
    },
  ].filter(({ found }) => found.length > 0)
}

/** Violations in words, the first ones of each. */
export const describeViolations = (violations: readonly Violation[], shown = 8): string =>
  violations
    .map(({ invariant, found }) =>
      [
        `✘ ${invariant}: ${found.length} times not`,
        ...found.slice(0, shown).map((it) => `    ${it}`),
        ...(found.length > shown ? [`    … ${found.length - shown} more`] : []),
      ].join('\n'),
    )
    .join('\n')
