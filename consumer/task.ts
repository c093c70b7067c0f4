/** What the engine holds of a job: its record taken apart, then its outcome; and a failure as it is kept. */
import { AppError, codeOf, toError } from '../core/errors.ts'
import { type Attempt, type JobError, MAX_DELAY_MS, type Outcome } from '../core/job.ts'
import type { LogRecord } from '../core/kafka/log-records.ts'
import { decodeRecord, type JobRecord } from '../core/kafka/record.ts'

/** A record taken apart: a job, or why it is none. */
export interface Task {
  readonly message: LogRecord
  readonly job: JobRecord | AppError
  readonly attempts: Attempt[]
  /** Attempts before its last replay: they don't count towards its maximum. */
  readonly attemptsBefore: number
  /** Whether the store holds a count of its attempts. */
  noted: boolean
}

export interface Result {
  /**
   * None for a record that is no job (it has no id to have an outcome under) and for a job that has its outcome, since it was
   * cancelled. Replaced where the store refuses it.
   */
  outcome: Outcome | undefined
}

const jobOf = (message: LogRecord): JobRecord | AppError => {
  try {
    return decodeRecord(message)
  } catch (error) {
    return error instanceof AppError ? error : new AppError('RECORD_INVALID', toError(error).message)
  }
}

export const decode = (message: LogRecord): Task => ({
  message,
  job: jobOf(message),
  attempts: [],
  attemptsBefore: 0,
  noted: false,
})

export const idOf = ({ job }: Task): string | undefined => (job instanceof AppError ? undefined : job.id)

/** What is no job has no id to be parked under. */
export const mayPark = ({ job }: Task): boolean => !(job instanceof AppError)

/** Milliseconds until it may run for the first time. */
export const delayOf = ({ job }: Task): number =>
  job instanceof AppError || job.options.runAt === undefined ? 0 : Date.parse(job.options.runAt) - Date.now()

/** A failure as it is kept. What is not marked otherwise may be repeated, except for what our own checks refuse. */
export const jobErrorOf = (thrown: unknown): JobError => {
  const error = toError(thrown)
  const retryable = !('retryable' in error) || error.retryable !== false
  const faults =
    error instanceof AppError ? error.faults.map(({ path, message }) => `${path} ${message}`) : []
  const said = typeof error.message === 'string' && error.message !== '' ? error.message : error.name
  const message = [said, ...faults].join('; ').replaceAll('\0', '\ufffd').slice(0, 10_000)
  const code = codeOf(error)
  return {
    code: code === 'INTERNAL' ? 'HANDLER_FAILED' : code.slice(0, 100),
    message: message.toWellFormed(),
    retryable,
  }
}

/** How long its error wants the next attempt to wait (`retryAfterMs`), if it says so. */
export const retryAfterOf = (thrown: unknown): number | undefined => {
  const ms = thrown instanceof Error && 'retryAfterMs' in thrown ? thrown.retryAfterMs : undefined
  return typeof ms === 'number' && ms >= 0 ? Math.min(ms, MAX_DELAY_MS) : undefined
}
