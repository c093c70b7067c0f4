/** Ticks of schedules: each between creation and pause is one row, one job, one outcome. Pure. */
import { readJobId } from '../../core/job-id.ts'
import type { Evidence, Ticking } from './evidence.ts'

/** A run that begins so soon after the pause may be past stopping. */
const BEGINS_MS = 250

/** The ticks that a schedule has had, milliseconds since the epoch. */
export const ticksOf = ({ everyMs, origin, from, until }: Ticking): number[] => {
  const first = origin + (Math.floor((from - origin) / everyMs) + 1) * everyMs
  return Array.from(
    { length: Math.max(0, Math.floor((until - first) / everyMs) + 1) },
    (_, nth) => first + nth * everyMs,
  )
}

const iso = (ms: number): string => new Date(ms).toISOString()

const isTick = ({ everyMs, origin }: Ticking, at: number): boolean => (at - origin) % everyMs === 0

const begins = (schedule: Ticking, at: number): boolean =>
  isTick(schedule, at) && at > schedule.until && at <= schedule.until + BEGINS_MS

/** Ticks without a row or with several, rows without a tick, or without a job. */
export const wrongTicks = ({ schedules, ticks }: Evidence): string[] =>
  schedules.flatMap((schedule) => {
    const { name } = schedule
    const due = new Set(ticksOf(schedule))
    const rows = Map.groupBy(
      ticks.filter((tick) => tick.schedule === name),
      ({ at }) => at,
    )
    return [
      ...[...due].flatMap((at) => (rows.has(at) ? [] : [`${name} ${iso(at)}: lost`])),
      ...[...rows].flatMap(([at, its]) => [
        ...(due.has(at) || begins(schedule, at) ? [] : [`${name} ${iso(at)}: is no tick`]),
        ...(its.length === 1 ? [] : [`${name} ${iso(at)}: ${its.length} times`]),
        ...its.flatMap(({ jobId, skipped }) =>
          jobId === undefined ? [`${name} ${iso(at)}: left out: ${skipped}`] : [],
        ),
      ]),
    ]
  })

export const ticksWithoutOutcome = ({ ticks, outcomes }: Evidence): string[] => {
  const ended = new Set(outcomes.map(({ id }) => id))
  return ticks.flatMap(({ schedule, at, jobId }) =>
    jobId === undefined || ended.has(jobId) ? [] : [`${schedule} ${iso(at)}: ${jobId}`],
  )
}

/** Two ticks with one job. */
export const ticksSharingJobs = ({ ticks }: Evidence): string[] => {
  const seen = new Set<string>()
  return ticks.flatMap(({ schedule, at, jobId = '' }) =>
    seen.has(jobId) || !seen.add(jobId) ? [`${schedule} ${iso(at)}: ${jobId}`] : [],
  )
}

/** A run that was prepared for later and taken back by the pause: its id tells its tick, which was still to come. */
export const wasTakenBack = (schedules: readonly Ticking[], id: string): boolean => {
  const at = readJobId(id)?.submittedAt
  return schedules.some((it) => at !== undefined && at > it.until && isTick(it, at))
}
