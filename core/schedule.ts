/** What a schedule is, on its way in and out. Like `job.ts`: the one source of validation, types and OpenAPI. */
import { z } from 'zod'
import { jobSubmission, MAX_DELAY_MS } from './job.ts'

/** Largest job of a schedule in bytes of JSON: it is written anew at each tick, and read with some hundred others. */
export const MAX_SCHEDULE_JOB_BYTES = 64_000

/** Schedules at most, in one installation. */
export const MAX_SCHEDULES = 100_000

export const scheduleName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 letters, digits, . _ - (and not . or ..)')
  .meta({ description: 'Its name.', example: 'nightly-scan' })

/** `skip`: ticks that were missed don't run. `once`: the latest of them does. `all`: each of them, in order. */
export const missedPolicies = ['skip', 'once', 'all'] as const
export type MissedPolicy = (typeof missedPolicies)[number]

/** What happens where the run before has not ended. `allow`: both run. `skip`: the tick is left out. `queue`: one after the other. */
export const overlapPolicies = ['allow', 'skip', 'queue'] as const
export type OverlapPolicy = (typeof overlapPolicies)[number]

// Its time is the tick's.
const { runAt: _runAt, delayMs: _delayMs, ...jobFields } = jobSubmission.shape

/** What is submitted at each tick. */
export const scheduleJob = z.strictObject(jobFields).meta({ id: 'ScheduleJob' })
export type ScheduleJob = z.output<typeof scheduleJob>

const fields = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({
      description:
        'Minute, hour, day of month, month, day of week; with a sixth field in front for seconds; or `@hourly`, `@daily`, `@weekly`, ' +
        '`@monthly`, `@yearly`. Also `L` (last), `W` (nearest weekday) and `#` (nth weekday of the month).',
      example: '30 2 * * *',
    }),
  intervalMs: z
    .int()
    .min(1_000)
    .max(MAX_DELAY_MS)
    .optional()
    .meta({ description: 'Instead of `cron`: a tick each so many milliseconds, counted from `startAt`.' }),
  timezone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .meta({
      description:
        'IANA time zone of `cron`. A named local time comes once a day: what the change to summer time leaves out comes later by as much, ' +
        'what comes twice in autumn runs the first time. With `*` for hours ticks follow the real time.',
      example: 'Europe/Berlin',
    }),
  startAt: z.iso.datetime().optional().meta({
    description: 'No tick before it; where intervals are counted from. Default: its creation.',
  }),
  job: scheduleJob,
  missed: z
    .enum(missedPolicies)
    .default('skip')
    .meta({
      description:
        'What becomes of ticks more than 60 s late because no master was there: `skip` none runs, `once` the latest, `all` each, ' +
        'the latest 1,000 at most. What is less late always runs.',
    }),
  overlap: z
    .enum(overlapPolicies)
    .default('allow')
    .meta({
      description:
        'Where the run before has not ended: `allow` both run, `skip` the tick is left out, `queue` one after the other (by the ' +
        'key `schedule:<name>` where the job has none).',
    }),
  paused: z.boolean().default(false).meta({ description: 'No ticks; none of them is made up for.' }),
}

const hasOneTiming = (body: { cron?: string | undefined; intervalMs?: number | undefined }): boolean =>
  (body.cron === undefined) !== (body.intervalMs === undefined)
const oneTiming = { path: ['cron'], message: 'exactly one of cron and intervalMs must be given' }

/** The body of `POST /api/schedules`. */
export const newSchedule = z
  .strictObject({ name: scheduleName, ...fields })
  .refine(hasOneTiming, oneTiming)
  .meta({ id: 'NewSchedule' })

/** The body of `PUT /api/schedules/:name`: the name may be left out. */
export const scheduleReplacement = z
  .strictObject({ name: scheduleName.optional(), ...fields })
  .refine(hasOneTiming, oneTiming)
  .meta({ id: 'ScheduleReplacement' })
export type ScheduleBody = Omit<z.output<typeof newSchedule>, 'name'>

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

/** A schedule as the API shows it. */
export const scheduleView = z
  .object({
    name: scheduleName,
    cron: z.string().optional(),
    intervalMs: z.int().optional(),
    timezone: z.string(),
    startAt: time,
    job: scheduleJob,
    missed: z.enum(missedPolicies),
    overlap: z.enum(overlapPolicies),
    paused: z.boolean(),
    nextAt: time.optional().meta({ description: 'Its next tick; absent while paused.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule' })
export type ScheduleView = z.output<typeof scheduleView>

/** With what comes and what was. */
export const scheduleDetails = scheduleView
  .extend({
    next: z.array(time).meta({ description: 'The next 5 ticks.' }),
    recent: z
      .array(
        z.object({
          at: time,
          jobId: z.uuid().optional(),
          skipped: z
            .string()
            .optional()
            .meta({ description: 'Why it was left out: `missed`, or `overlap`.' }),
        }),
      )
      .meta({ description: 'The last 20 ticks, newest first.' }),
  })
  .meta({ id: 'ScheduleDetails' })

/** A schedule as the store keeps it. Times are milliseconds since the epoch. */
export interface Schedule {
  readonly name: string
  readonly cron: string | undefined
  readonly intervalMs: number | undefined
  readonly timezone: string
  readonly startAt: number
  readonly job: ScheduleJob
  readonly missed: MissedPolicy
  readonly overlap: OverlapPolicy
  readonly paused: boolean
  /** The first tick that was not taken care of; undefined: none follows. */
  readonly nextAt: number | undefined
  readonly createdAt: number
  readonly updatedAt: number
}
