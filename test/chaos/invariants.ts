/**
 * What must hold after a chaos run, whatever went wrong in it. Pure: from {@link Evidence} to the violations, each of
 * which names the jobs, keys and offsets it was found at.
 */
import type { Evidence, LogEntry, OutcomeRow, ProcessState, Stamp } from './evidence.ts'
import { expectedOf } from './jobs.ts'
import { describeRepeat, distinctJobs, findRepeats } from './repeats.ts'

export interface Violation {
  readonly invariant: string
  /** One line each. */
  readonly found: readonly string[]
}

const place = (partition: number, offset: number): string => `${partition}:${offset}`
const about = ({ id, key, partition, offset }: LogEntry | OutcomeRow): string =>
  `${id ?? 'no id'} (${key === undefined ? 'keyless' : `key ${key}`}, partition ${partition}, offset ${offset})`

/** The jobs of the log, each at its first record: a submission that was repeated may be there more than once. */
const jobsOf = (log: readonly LogEntry[]): Map<string, LogEntry[]> => {
  const jobs = new Map<string, LogEntry[]>()
  for (const entry of log) {
    if (entry.id === undefined || entry.poison !== undefined) continue
    const known = jobs.get(entry.id)
    if (known) known.push(entry)
    else jobs.set(entry.id, [entry])
  }
  return jobs
}

const lost = ({ accepted, log }: Evidence): string[] => {
  const jobs = jobsOf(log)
  return [...accepted].filter(([id]) => !jobs.has(id)).map(([id, seq]) => `${id} (seq ${seq})`)
}

const refusedAndThere = ({ refused, log }: Evidence): string[] =>
  [...jobsOf(log).values()].flatMap(([first]) => {
    const seq = first?.value === undefined ? undefined : expectedOf(first.value)?.seq
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

const outcomesOfNothing = ({ log, outcomes }: Evidence): string[] => {
  const ids = new Set(log.map(({ id }) => id))
  return outcomes.filter(({ id }) => !ids.has(id)).map(about)
}

const wrongOutcomes = ({ log, outcomes }: Evidence): string[] => {
  const jobs = jobsOf(log)
  return outcomes.flatMap((row) => {
    const entries = jobs.get(row.id)
    const [first] = entries ?? []
    if (!entries || !first) return []
    const expected = first.value === undefined ? undefined : expectedOf(first.value)
    const last = row.attempts.at(-1) ?? 0
    const inTurn = row.attempts.every((it, index) => it === last - row.attempts.length + 1 + index)
    const faults = [
      ...(entries.some((it) => place(it.partition, it.offset) === place(row.partition, row.offset))
        ? []
        : [`lies at ${entries.map((it) => place(it.partition, it.offset)).join(' and ')}`]),
      ...(row.key === first.key ? [] : [`has key ${first.key ?? 'none'}`]),
      ...(row.status === expected?.status ? [] : [`${row.status} instead of ${expected?.status}`]),
      ...(inTurn && last >= (expected?.attempts ?? 0)
        ? []
        : [`attempts ${row.attempts.join()}, and ${expected?.attempts} are due`]),
      ...row.stamps.filter(({ id }) => id !== row.id).map(({ id }) => `holds the result of ${id}`),
      ...(row.stamps.length === row.attempts.length ? [] : ['an attempt does not say when it ran']),
    ]
    return faults.length === 0 ? [] : [`${about(row)}: ${faults.join('; ')}`]
  })
}

interface Interval {
  readonly start: number
  readonly end: number
}

/** From the start of the first recorded attempt to the end of the last. */
const intervalOf = (stamps: readonly Stamp[]): Interval | undefined =>
  stamps.length === 0
    ? undefined
    : { start: Math.min(...stamps.map((it) => it.start)), end: Math.max(...stamps.map((it) => it.end)) }

/** Recorded runs of a key that overlap, or come in another order than the log's. */
const disorder = ({ log, outcomes }: Evidence): string[] => {
  const rows = new Map(outcomes.map((row) => [row.id, row]))
  const firsts = [...jobsOf(log).values()].flatMap(([first]) => (first?.key === undefined ? [] : [first]))
  const lanes = Map.groupBy(
    firsts.sort((a, b) => a.offset - b.offset),
    ({ partition, key }) => `${partition} ${key}`,
  )
  return [...lanes.values()].flatMap((lane) => {
    let before: { readonly entry: LogEntry; readonly ran: Interval } | undefined
    return lane.flatMap((entry) => {
      const ran = intervalOf(rows.get(entry.id ?? '')?.stamps ?? [])
      if (!ran) return []
      const earlier = before
      if (!earlier || ran.end > earlier.ran.end) before = { entry, ran }
      if (!earlier || ran.start >= earlier.ran.end) return []
      const how = ran.end <= earlier.ran.start ? 'ran before' : 'overlaps with'
      const times = ({ start, end }: Interval): string => `${start.toFixed(1)}–${end.toFixed(1)} ms`
      const node = (it: LogEntry): string => rows.get(it.id ?? '')?.worker ?? ''
      return [
        `${about(entry)}, ${times(ran)} in ${node(entry)}, ${how} ${about(earlier.entry)}, ` +
          `${times(earlier.ran)} in ${node(earlier.entry)}`,
      ]
    })
  })
}

const copies = ({ dead }: Evidence): Map<string, string | undefined> =>
  new Map(dead.map(({ partition, offset, value }) => [place(partition, offset), value]))

const poisonWithoutCopy = (evidence: Evidence): string[] => {
  const copied = copies(evidence)
  return evidence.log.flatMap((entry) => {
    if (entry.poison === undefined) return []
    const at = place(entry.partition, entry.offset)
    if (!copied.has(at)) return [`${entry.poison}: ${about(entry)}`]
    return copied.get(at) === entry.value ? [] : [`${entry.poison}: ${about(entry)}: its copy differs`]
  })
}

const deadWithoutCopy = (evidence: Evidence): string[] => {
  const copied = copies(evidence)
  return evidence.outcomes
    .filter(({ status, partition, offset }) => status === 'dead' && !copied.has(place(partition, offset)))
    .map(about)
}

const uncommitted = ({ partitions }: Evidence): string[] =>
  partitions
    .filter(({ committed, end }) => committed !== end)
    .map(({ partition, committed, end }) => `partition ${partition}: ${committed} of ${end}`)

const unready = (states: readonly ProcessState[]): string[] =>
  states.filter(({ status }) => status !== 200).map(({ node, status, said }) => `${node}: ${status} ${said}`)

const workersMissing = ({ workers, wanted }: Evidence): string[] => [
  ...unready(workers),
  ...(workers.length === wanted ? [] : [`${workers.length} workers instead of ${wanted}`]),
]

/** Repeats, where there are more than `share` of the jobs. */
const tooManyRepeats = ({ runs }: Evidence, share: number, nodeOf: (pid: number) => string): string[] => {
  const repeats = findRepeats(runs)
  return repeats.length > share * distinctJobs(runs) ? repeats.map((it) => describeRepeat(it, nodeOf)) : []
}

export interface Limits {
  /** Share of the jobs that may be run again. */
  readonly repeats: number
  /** Names the process of a pid. */
  readonly nodeOf?: (pid: number) => string
}

/** Every invariant that does not hold. */
export const violationsOf = (evidence: Evidence, { repeats, nodeOf = String }: Limits): Violation[] =>
  [
    { invariant: 'every accepted job is in the log', found: lost(evidence) },
    { invariant: 'what was refused for certain is not in the log', found: refusedAndThere(evidence) },
    { invariant: 'every job of the log has an outcome', found: withoutOutcome(evidence) },
    { invariant: 'no job has two outcomes', found: severalOutcomes(evidence) },
    { invariant: 'every outcome has its record in the log', found: outcomesOfNothing(evidence) },
    { invariant: 'every outcome is its job’s, as it had to end', found: wrongOutcomes(evidence) },
    { invariant: 'recorded runs of a key neither overlap nor swap', found: disorder(evidence) },
    { invariant: 'every record that is no job has a dead letter', found: poisonWithoutCopy(evidence) },
    { invariant: 'every dead job has a dead letter', found: deadWithoutCopy(evidence) },
    { invariant: 'all offsets are committed to the end', found: uncommitted(evidence) },
    { invariant: 'all workers are there and ready', found: workersMissing(evidence) },
    { invariant: 'the master is there and ready', found: unready([evidence.master]) },
    {
      invariant: `at most ${repeats * 100} % of the jobs run again`,
      found: tooManyRepeats(evidence, repeats, nodeOf),
    },
  ].filter(({ found }) => found.length > 0)

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
