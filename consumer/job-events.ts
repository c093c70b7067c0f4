/** Events of jobs, of a size that Kafka takes: what attempts tell of themselves may be large, and many end at once. */
import type { JobEnded, JobNoted, JobStarted, JobsEvent } from '../core/events/event.ts'
import type { Attempt } from '../core/job.ts'

/** Of an event, as JSON. A single job never takes so much: its error and its log have their bounds. */
const MAX_EVENT_BYTES = 250_000
/** What a plain entry takes at most, without its key. */
const PLAIN_BYTES = 250
const MAX_ATTEMPTS = 10
const MAX_MESSAGE = 500

type Entry = JobStarted | JobEnded | JobNoted

/** At most what it takes as JSON; only what may be large is measured. */
const sizeOf = (entry: Entry): number =>
  'attempts' in entry || 'error' in entry || 'progress' in entry || 'log' in entry
    ? Buffer.byteLength(JSON.stringify(entry))
    : PLAIN_BYTES + ('key' in entry ? 6 * (entry.key?.length ?? 0) : 0)

/** The last attempts, in few words: without their logs. Empty where there are none. */
export const briefly = (attempts: readonly Attempt[]): Pick<JobStarted, 'attempts'> => {
  if (attempts.length === 0) return {}
  const brief = attempts.slice(-MAX_ATTEMPTS).map(({ log: _log, logDropped: _dropped, error, ...rest }) => ({
    ...rest,
    ...(error ? { error: { ...error, message: error.message.slice(0, MAX_MESSAGE).toWellFormed() } } : {}),
  }))
  return { attempts: brief }
}

/** All of it in as many events as it takes, starts before what is told of them. */
export const jobsEvents = (
  node: string,
  at: number,
  news: Pick<JobsEvent, 'started' | 'ended' | 'progress'>,
): JobsEvent[] => {
  const events: JobsEvent[] = []
  let room = 0
  const eventFor = (entry: Entry): JobsEvent => {
    const size = sizeOf(entry)
    room -= size
    const last = events.at(-1)
    if (last && room >= 0) return last
    room = MAX_EVENT_BYTES - size
    const event: JobsEvent = { kind: 'jobs', at, node, started: [], ended: [], progress: [] }
    events.push(event)
    return event
  }
  for (const it of news.started) eventFor(it).started.push(it)
  for (const it of news.progress) eventFor(it).progress.push(it)
  for (const it of news.ended) eventFor(it).ended.push(it)
  return events
}

/** What runs, for a heartbeat: more than that it runs is told of as many as there is room for. */
export const heartbeatRunning = (running: readonly JobStarted[]): JobStarted[] => {
  let room = MAX_EVENT_BYTES
  return running.map((it) => {
    const { attempts, progress, ...plain } = it
    if (attempts === undefined && progress === undefined) return it
    room -= sizeOf(it)
    return room >= 0 ? it : plain
  })
}
