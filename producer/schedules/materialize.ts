/** What one step of the clock writes: the ticks of schedules whose time has come, and their jobs. */
import { encodeValue } from '../../core/kafka/record.ts'
import type { Schedule, ScheduleJob } from '../../core/schedule.ts'
import type { Move, NewTick } from '../../core/store/schedule-ticks.ts'
import type { Place } from './place.ts'
import { decide } from './policy.ts'

/** Of one step at most; where there is more the schedule goes on from there in the next. */
const MAX_TICKS = 2_000
const MAX_BYTES = 16_000_000

/** The job of a schedule's runs: with overlap `queue` a keyless one gets the schedule's key. */
export const jobOf = ({ name, overlap, job }: Pick<Schedule, 'name' | 'overlap' | 'job'>): ScheduleJob =>
  overlap === 'queue' && job.key === undefined ? { ...job, key: `schedule:${name}` } : job

export interface StepWork {
  readonly ticks: readonly NewTick[]
  readonly moves: readonly Move[]
  /** Schedules that can't be reckoned, and why. */
  readonly faulty: ReadonlyMap<string, unknown>
}

/** A schedule that was taken; `read` throws for a row that can't be read. */
export interface Taken {
  readonly name: string
  readonly busy: boolean
  readonly read: () => Schedule
}

/** The work of one step, for at most so many ticks and bytes: what does not fit stays due. */
export const materialize = (
  taken: readonly Taken[],
  now: number,
  aheadMs: number,
  place: Place,
): StepWork => {
  const ticks: NewTick[] = []
  const moves: Move[] = []
  const faulty = new Map<string, unknown>()
  let count = 0
  let bytes = 0
  const isFull = (): boolean => count >= MAX_TICKS || bytes >= MAX_BYTES

  const add = (schedule: Schedule, nextAt: number, busy: boolean): void => {
    const { name } = schedule
    const decision = decide({ ...schedule, nextAt, busy }, now, aheadMs)
    const job = jobOf(schedule)
    const own: NewTick[] = []
    let goesOn = decision.nextAt
    let lastJobId: string | undefined
    for (const { at, leftOut } of decision.ticks) {
      if (isFull()) {
        goesOn = at
        break
      }
      count++
      if (leftOut !== undefined) {
        own.push({ schedule: name, at, leftOut, job: undefined })
        continue
      }
      const value = encodeValue(job, { name, at: new Date(at).toISOString() }).toString()
      bytes += value.length
      const placed = place(job, at)
      lastJobId = placed.id
      own.push({ schedule: name, at, leftOut, job: { ...placed, key: job.key, type: job.type, value } })
    }
    ticks.push(...own)
    moves.push({ name, nextAt: goesOn, lastJobId })
  }

  for (const { name, busy, read } of taken) {
    if (isFull()) break
    try {
      const schedule = read()
      if (schedule.nextAt !== undefined) add(schedule, schedule.nextAt, busy)
    } catch (error) {
      faulty.set(name, error)
    }
  }
  return { ticks, moves, faulty }
}
