/** When jobs ran: in the order of their keys, one at a time, and not before their time. Pure. */
import type { Evidence, LogEntry, OutcomeRow, Stamp } from './evidence.ts'
import { about, expectedIn, jobsOf, tickJobs } from './findings.ts'

interface Interval {
  readonly start: number
  readonly end: number
}

/**
 * From the start of the first recorded attempt to the end of the last: in between nothing else of the key may run. A job that
 * was replayed has two such lives.
 */
interface Life {
  readonly row: OutcomeRow
  readonly ran: Interval
  /** Its record's offset, where that is its place in its key's order; undefined: it joined when it was due. */
  readonly place: number | undefined
}

const intervalOf = (stamps: readonly Stamp[]): Interval | undefined =>
  stamps.length === 0
    ? undefined
    : { start: Math.min(...stamps.map((it) => it.start)), end: Math.max(...stamps.map((it) => it.end)) }

/** What is recorded of a job that was cancelled may be of runs that did not count, so they are left out. */
const livesOf = (
  { replays }: Pick<Evidence, 'replays'>,
  row: OutcomeRow,
  first: LogEntry | undefined,
): Life[] => {
  if (row.status === 'cancelled') return []
  const expected = first && expectedIn(first)
  const place = expected?.notBefore === undefined ? first?.offset : undefined
  const life = (stamps: readonly Stamp[], at: number | undefined): Life[] => {
    const ran = intervalOf(stamps)
    return ran ? [{ row, ran, place: at }] : []
  }
  const revived = replays.has(row.id) && row.hasResult && expected?.status === 'dead'
  return revived
    ? [...life(row.stamps.slice(0, -1), place), ...life(row.stamps.slice(-1), undefined)]
    : life(row.stamps, place)
}

/** Lives by key: of a topic's partition. */
const lanesOf = (evidence: Evidence): Life[][] => {
  const [jobs, ticks] = [jobsOf(evidence.log), tickJobs(evidence)]
  const lanes = new Map<string, Life[]>()
  for (const row of new Map(evidence.outcomes.map((it) => [it.id, it])).values()) {
    const [first] = jobs.get(row.id) ?? []
    const { topic, partition, key } = first ?? row
    if (key === undefined || (!first && !ticks.has(row.id))) continue
    const lane = `${topic} ${partition} ${key}`
    lanes.set(lane, [...(lanes.get(lane) ?? []), ...livesOf(evidence, row, first)])
  }
  return [...lanes.values()]
}

const times = ({ start, end }: Interval): string => `${start.toFixed(1)}–${end.toFixed(1)} ms`
const told = ({ row, ran }: Life): string => `${about(row)}, ${times(ran)} in ${row.worker ?? 'nobody'}`
const clash = (one: Life, how: string, other: Life): string => `${told(one)}, ${how} ${told(other)}`

/** Recorded runs of a key that overlap, or come in another order than the log's. */
export const disorder = (evidence: Evidence): string[] =>
  lanesOf(evidence).flatMap((lane) => {
    let before: Life | undefined
    return lane
      .flatMap((life) => (life.place === undefined ? [] : [{ life, place: life.place }]))
      .sort((a, b) => a.place - b.place)
      .flatMap(({ life }) => {
        const earlier = before
        if (!earlier || life.ran.end > earlier.ran.end) before = life
        if (!earlier || life.ran.start >= earlier.ran.end) return []
        return [clash(life, life.ran.end <= earlier.ran.start ? 'ran before' : 'overlaps with', earlier)]
      })
  })

/** Those that join their key's order late (delayed, scheduled, replayed) at once with another of the key. */
export const overlaps = (evidence: Evidence): string[] =>
  lanesOf(evidence).flatMap((lane) => {
    let before: Life | undefined
    return lane
      .sort((a, b) => a.ran.start - b.ran.start)
      .flatMap((life) => {
        const earlier = before
        if (!earlier || life.ran.end > earlier.ran.end) before = life
        if (!earlier || life.ran.start >= earlier.ran.end) return []
        // Of two in the log's order it is said already.
        if (life.place !== undefined && earlier.place !== undefined) return []
        return [clash(life, 'overlaps with', earlier)]
      })
  })

/** Runs of a schedule that queues come in the order of its ticks. */
export const ticksSwapped = ({ schedules, ticks, outcomes }: Evidence): string[] => {
  const rows = new Map(outcomes.map((row) => [row.id, row]))
  return schedules
    .filter(({ queues }) => queues)
    .flatMap(({ name }) => {
      let before: Life | undefined
      return ticks
        .filter(({ schedule }) => schedule === name)
        .sort((a, b) => a.at - b.at)
        .flatMap(({ jobId }) => {
          const row = rows.get(jobId ?? '')
          const ran = row && intervalOf(row.stamps)
          if (!row || !ran) return []
          const earlier = before
          before = { row, ran, place: undefined }
          return earlier && ran.start < earlier.ran.start ? [clash(before, 'ran before', earlier)] : []
        })
    })
}

/** Clocks are read at different moments, and timers are exact to the millisecond. */
const CLOCK_MS = 20

/** Delayed and scheduled jobs that did not wait for their time. */
export const early = (evidence: Evidence): string[] => {
  const { log, outcomes, epochMs } = evidence
  const [jobs, ticks] = [jobsOf(log), tickJobs(evidence)]
  return outcomes.flatMap((row) => {
    const [first] = jobs.get(row.id) ?? []
    const notBefore = ticks.get(row.id) ?? (first && expectedIn(first)?.notBefore)
    const ran = intervalOf(row.stamps)
    if (notBefore === undefined || !ran) return []
    const byMs = notBefore - (ran.start + epochMs)
    return byMs > CLOCK_MS ? [`${about(row)}: ${byMs.toFixed(0)} ms before its time`] : []
  })
}
