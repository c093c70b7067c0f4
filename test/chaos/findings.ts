/** What invariants have in common: how they name what they found, and the jobs of the log. Pure. */
import type { Evidence, LogEntry, Place } from './evidence.ts'
import { type Expectation, expectedOf } from './jobs.ts'

export interface Violation {
  readonly invariant: string
  /** One line each. */
  readonly found: readonly string[]
}

export const placeName = ({ topic, partition, offset }: Place): string =>
  `${topic}:${partition}:${offset ?? '-'}`

/** A job, or a record, in words. */
export const about = (
  it: Place & { readonly id: string | undefined; readonly key: string | undefined },
): string =>
  `${it.id ?? 'no id'} (${it.key === undefined ? 'keyless' : `key ${it.key}`}, ${it.topic}, partition ${it.partition}, ` +
  `offset ${it.offset ?? 'none'})`

/** The jobs of the log, each with its records: a submission that was repeated may be there more than once. */
export const jobsOf = (log: readonly LogEntry[]): Map<string, LogEntry[]> => {
  const jobs = new Map<string, LogEntry[]>()
  for (const entry of log) {
    if (entry.id === undefined || entry.poison !== undefined) continue
    const known = jobs.get(entry.id)
    if (known) known.push(entry)
    else jobs.set(entry.id, [entry])
  }
  return jobs
}

/** What the record of a job says of how it must end. */
export const expectedIn = ({ value }: LogEntry): Expectation | undefined =>
  value === undefined ? undefined : expectedOf(value)

/** The ticks' jobs, and when each is due, milliseconds since the epoch. */
export const tickJobs = ({ ticks }: Pick<Evidence, 'ticks'>): Map<string, number> =>
  new Map(ticks.flatMap(({ jobId, at }) => (jobId === undefined ? [] : [[jobId, at] as const])))
