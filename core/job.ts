/**
 * What a job is, on its way in and out. The zod schemas here are the one source of validation, types and OpenAPI.
 */
import { z } from 'zod'

/** Largest body of one job in bytes: what fits Kafka's default `message.max.bytes` (1 MiB) with key and headers. */
export const MAX_JOB_BYTES = 900_000

/** Longest key in bytes of UTF-8. */
export const MAX_KEY_BYTES = 512

/** The order of jobs: those of one key run one after the other. */
export const jobKey = z
  .string()
  .min(1)
  .refine((value) => Buffer.byteLength(value) <= MAX_KEY_BYTES, `must be at most ${MAX_KEY_BYTES} bytes`)
  .refine(
    (value) => !value.includes('\0') && value.isWellFormed(),
    'must be well-formed Unicode without NUL characters',
  )
  .meta({ description: 'Jobs of one key run in order, never two at once.', maxLength: MAX_KEY_BYTES })

export const typeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be lower case letters, digits, . _ - and at most 64 of them')
  .meta({ description: 'Job type, one of `GET /api/types`.', example: 'sleep' })

/** Its index is the code in the job's id, and the order of the topics. */
export const priorities = ['normal', 'high', 'low'] as const
export type Priority = (typeof priorities)[number]

/** Longest wait before a job's first attempt, and between two, milliseconds. */
export const MAX_DELAY_MS = 366 * 86_400_000

const waitMs = z.int().min(0).max(MAX_DELAY_MS).optional()

const sharedOptions = {
  maxAttempts: z.int().min(1).max(100).optional().meta({ description: 'Attempts before the job is dead.' }),
  timeoutMs: z
    .int()
    .min(1)
    .max(86_400_000)
    .optional()
    .meta({ description: 'Time limit of one attempt, milliseconds.' }),
  backoffMs: waitMs.meta({
    description:
      'Longest wait after the first failed attempt, milliseconds; it doubles with each further one. The wait is random below it.',
  }),
  maxBackoffMs: waitMs.meta({ description: 'Longest wait between two attempts at all, milliseconds.' }),
  runAt: z.iso.datetime().optional().meta({
    description: 'Not before this time. A keyed job joins its key’s order then, at the end.',
  }),
}

/** What travels in the record besides the payload. */
export const jobOptions = z.strictObject({
  ...sharedOptions,
  schedule: z.strictObject({ name: z.string(), at: z.iso.datetime() }).optional(),
})
export type JobOptions = z.output<typeof jobOptions>

/** The body of `POST /api/jobs`. */
export const jobSubmission = z
  .strictObject({
    type: typeName,
    payload: z
      .unknown()
      .optional()
      .meta({ description: 'What the handler gets; its schema is in `GET /api/types`.' }),
    key: jobKey.optional(),
    priority: z.enum(priorities).optional().meta({
      description:
        'Default `normal`. The order of a key holds within a priority. Control jobs have none: it is ignored.',
    }),
    ...sharedOptions,
    delayMs: waitMs.meta({ description: 'As `runAt`: so long from now, milliseconds.' }),
  })
  .refine(({ runAt, delayMs }) => runAt === undefined || delayMs === undefined, {
    path: ['delayMs'],
    message: 'can’t be given together with runAt',
  })
  .refine(({ runAt }) => runAt === undefined || Date.parse(runAt) <= Date.now() + MAX_DELAY_MS, {
    path: ['runAt'],
    message: `must be at most ${MAX_DELAY_MS} ms ahead`,
  })
  .meta({ id: 'JobSubmission' })
export type JobSubmission = z.output<typeof jobSubmission>

/** Ended for good: no attempt follows. */
export const outcomeStatuses = ['succeeded', 'dead', 'cancelled'] as const
export type OutcomeStatus = (typeof outcomeStatuses)[number]
export const jobStatuses = ['queued', 'running', 'failed', ...outcomeStatuses] as const
export type JobStatus = (typeof jobStatuses)[number]

export const isOutcomeStatus = (status: JobStatus | undefined): status is OutcomeStatus =>
  outcomeStatuses.some((it) => it === status)

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

export const jobError = z
  .object({ code: z.string(), message: z.string(), retryable: z.boolean().optional() })
  .meta({ id: 'JobError' })
export type JobError = z.output<typeof jobError>

export const progress = z
  .object({
    fraction: z.number().min(0).max(1).meta({ description: 'Done so far, 0 to 1.' }),
    text: z.string().optional(),
  })
  .meta({ id: 'Progress', description: 'What the handler told last of how far it is.' })
export type Progress = z.output<typeof progress>

export const logLine = z.object({ at: time, text: z.string() }).meta({ id: 'LogLine' })
export type LogLine = z.output<typeof logLine>

export const attempt = z
  .object({
    attempt: z.int().min(1),
    startedAt: time,
    finishedAt: time.optional(),
    worker: z.string(),
    error: jobError.optional(),
    progress: progress.optional(),
    log: z.array(logLine).optional().meta({ description: 'The last lines that it logged. Not in lists.' }),
    logDropped: z.int().optional().meta({ description: 'Lines before these, which were not kept.' }),
  })
  .meta({ id: 'Attempt' })
export type Attempt = z.output<typeof attempt>

const attemptList = z.array(attempt)

/** Attempts as the store keeps them. */
export const parseAttempts = (json: string): Attempt[] => attemptList.parse(JSON.parse(json))

/** A job as `GET /api/jobs/:id` shows it. */
export const job = z
  .object({
    id: z.uuid(),
    type: z
      .string()
      .optional()
      .meta({ description: 'Absent while queued on a master that did not accept it.' }),
    key: z.string().optional(),
    status: z.enum(jobStatuses),
    attempts: z.array(attempt),
    submittedAt: time,
    startedAt: time.optional(),
    finishedAt: time.optional(),
    worker: z.string().optional(),
    progress: progress.optional().meta({ description: 'Of its last attempt.' }),
    result: z.unknown().optional(),
    error: jobError.optional(),
    priority: z.enum(priorities).optional(),
    schedule: z
      .object({ name: z.string(), at: time })
      .optional()
      .meta({ description: 'The schedule’s tick that it is.' }),
    runAt: time.optional().meta({ description: 'While it waits for its time: when it may run (again).' }),
    waitsFor: z.string().optional().meta({
      description:
        'Why it is parked: `retry`, `delay`, `schedule`, `replay`, `order` (behind another of its key), or the limit.',
    }),
    position: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Jobs ahead of it in its partition, about; while queued.' }),
    estimatedStartAt: time.optional().meta({ description: 'While queued, and while its partition drains.' }),
  })
  .meta({ id: 'Job' })
export type Job = z.output<typeof job>

/** A job as lists show it: logs are for who asks for the one. */
export const withoutLogs = (job: Job): Job => ({
  ...job,
  attempts: job.attempts.map(({ log: _log, logDropped: _dropped, ...rest }) => rest),
})

/** An ended job, as the store keeps it. Times are milliseconds since the epoch. */
export interface Outcome {
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly status: OutcomeStatus
  readonly topic: string
  readonly partition: number
  /** Undefined where it never was in the log. */
  readonly offset: number | undefined
  readonly attempts: readonly Attempt[]
  readonly submittedAt: number
  readonly startedAt: number | undefined
  readonly finishedAt: number
  readonly worker: string
  readonly schedule?: JobOptions['schedule']
  /** JSON text, made by the worker: what can't be JSON never gets here. */
  readonly resultJson: string | undefined
  readonly error: JobError | undefined
}
