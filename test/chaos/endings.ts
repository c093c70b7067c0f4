/** How jobs ended: as told, cancelled, replayed. Pure. */
import type { Evidence, LogEntry, OutcomeRow, Ticking } from './evidence.ts'
import { about, expectedIn, jobsOf, placeName } from './findings.ts'
import type { Ending } from './jobs.ts'

interface Known {
  readonly entries: readonly LogEntry[]
  readonly schedule: Ticking | undefined
}

const knowledgeOf = ({ log, ticks, schedules }: Evidence): ((id: string) => Known) => {
  const jobs = jobsOf(log)
  const byName = new Map(schedules.map((it) => [it.name, it]))
  const ofTicks = new Map(ticks.map(({ jobId, schedule }) => [jobId, byName.get(schedule)]))
  return (id) => ({ entries: jobs.get(id) ?? [], schedule: ofTicks.get(id) })
}

/** The ways in which a job may end; a cancellation that nobody asked for is none. */
const endingsOf = (
  { cancels, replays }: Evidence,
  id: string,
  { entries: [first], schedule }: Known,
): { readonly status: string; readonly attempts: number }[] => {
  const expected = first && expectedIn(first)
  const natural = ((): Ending[] => {
    if (schedule) return [{ status: 'succeeded', attempts: schedule.attempts }]
    if (!expected) return []
    const replay = replays.get(id)
    if (replay === 'replayed') return [expected.replayed]
    return replay === 'unclear' ? [expected, expected.replayed] : [expected]
  })()
  const cancel = cancels.get(id)?.answer
  // What was answered for certain is an invariant of its own.
  const mayBeCancelled = cancel !== undefined && cancel !== 'not found'
  return mayBeCancelled ? [...natural, { status: 'cancelled', attempts: 0 }] : natural
}

const grows = (numbers: readonly number[]): boolean =>
  numbers.every((it, index) => it > (numbers[index - 1] ?? 0))

const faultsOf = (row: OutcomeRow, endings: ReturnType<typeof endingsOf>, { entries }: Known): string[] => {
  const [first] = entries
  const fitting = endings.filter(({ status }) => status === row.status)
  const due = Math.min(...fitting.map(({ attempts }) => attempts))
  const last = row.attempts.at(-1) ?? 0
  const cancelled = row.status === 'cancelled'
  const isAt = (entry: LogEntry): boolean => placeName(entry) === placeName(row)
  return [
    ...(!first || entries.some(isAt) || (cancelled && row.offset === undefined)
      ? []
      : [`lies at ${entries.map(placeName).join(' and ')}`]),
    ...(first && row.key !== first.key ? [`has key ${first.key ?? 'none'}`] : []),
    ...(fitting.length === 0
      ? [`${row.status} instead of ${endings.map(({ status }) => status).join(' or ')}`]
      : []),
    ...(fitting.length > 0 && !(grows(row.attempts) && last >= due)
      ? [`attempts ${row.attempts.join()}, and ${due} are due`]
      : []),
    ...row.stamps.filter(({ id }) => id !== row.id).map(({ id }) => `holds the result of ${id}`),
    ...(cancelled || row.stamps.length === row.attempts.length
      ? []
      : ['an attempt does not say when it ran']),
    ...(row.hasResult === (row.status === 'succeeded')
      ? []
      : [row.hasResult ? 'has a result' : 'has no result']),
  ]
}

export const wrongOutcomes = (evidence: Evidence): string[] => {
  const known = knowledgeOf(evidence)
  return evidence.outcomes.flatMap((row) => {
    const its = known(row.id)
    if (its.entries.length === 0 && !its.schedule) return []
    const faults = faultsOf(row, endingsOf(evidence, row.id, its), its)
    return faults.length === 0 ? [] : [`${about(row)}: ${faults.join('; ')}`]
  })
}

/** Those whose cancellation was confirmed and that are not cancelled. */
export const notCancelled = ({ cancels, outcomes }: Evidence): string[] => {
  const rows = new Map(outcomes.map((row) => [row.id, row]))
  return [...cancels].flatMap(([id, { answer }]) => {
    const row = rows.get(id)
    if (answer !== 'cancelled' || row?.status === 'cancelled') return []
    return [row ? `${about(row)}: ${row.status}` : `${id}: has no outcome`]
  })
}

export const cancelledTooLate = ({ cancels, outcomes }: Evidence): string[] =>
  outcomes
    .filter(({ id, status }) => status === 'cancelled' && cancels.get(id)?.answer === 'too late')
    .map(about)

/** Accepted jobs of which a master said that there are none. */
export const notFound = ({ cancels }: Evidence): string[] =>
  [...cancels].flatMap(([id, { answer }]) => (answer === 'not found' ? [id] : []))

export const notReplayed = ({ replays }: Evidence): string[] =>
  [...replays].flatMap(([id, answer]) => (answer === 'refused' ? [id] : []))

/** Runs that begin so long after their job's cancellation was confirmed that their worker must have known. */
export const startedAfterCancel = ({ cancels, runs }: Evidence, withinMs: number): string[] =>
  runs.flatMap(({ id, run, start }) => {
    const cancel = cancels.get(id)
    if (cancel?.answer !== 'cancelled' || start <= cancel.at + withinMs) return []
    return [`${id}: run ${run} began ${(start - cancel.at).toFixed(0)} ms later`]
  })
