/** What the engine holds of a job: its record taken apart, then its outcome; and a failure as it is kept. */
import { AppError, codeOf, toError } from '../core/errors.ts'
import type { Attempt, JobError, Outcome } from '../core/job.ts'
import type { KafkaMessage } from '../core/kafka/client.ts'
import { decodeRecord, type JobRecord } from '../core/kafka/record.ts'

/** A record taken apart: a job, or why it is none. */
export interface Task {
  readonly message: KafkaMessage
  readonly job: JobRecord | AppError
  readonly attempts: Attempt[]
  /** Whether the store holds a count of its attempts. */
  noted: boolean
}

export interface Result {
  /** None for a record that is no job: it has no id to have an outcome under. Replaced where the store refuses it. */
  outcome: Outcome | undefined
}

export const decode = (message: KafkaMessage): Task => {
  try {
    return { message, job: decodeRecord(message), attempts: [], noted: false }
  } catch (error) {
    const job = error instanceof AppError ? error : new AppError('RECORD_INVALID', toError(error).message)
    return { message, job, attempts: [], noted: false }
  }
}

export const idOf = ({ job }: Task): string | undefined => (job instanceof AppError ? undefined : job.id)

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
