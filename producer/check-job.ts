/** Whether a job can be taken: its type is known, its payload fits, and its record is not too large. */
import { AppError, faultsOf } from '../core/errors.ts'
import type { HandlerRegistry, RegisteredHandler } from '../core/handlers/registry.ts'
import { type JobSubmission, MAX_JOB_BYTES } from '../core/job.ts'
import { encodeValue } from '../core/kafka/record.ts'

const encode = (submission: JobSubmission, under: string): Buffer => {
  try {
    return encodeValue(submission)
  } catch (cause) {
    const path = `${under}/payload`
    throw new AppError('REQUEST_INVALID', `${path}: is nested too deeply`, {
      faults: [{ path, message: 'is nested too deeply' }],
      cause,
    })
  }
}

export interface CheckedJob {
  readonly registered: RegisteredHandler
  /** The record's. */
  readonly value: Buffer
}

/**
 * Checks a job that is submitted; `under` is where it is in the body, as a JSON pointer.
 * @throws AppError TYPE_UNKNOWN, REQUEST_INVALID (payload), PAYLOAD_TOO_LARGE
 */
export const checkJob = (handlers: HandlerRegistry, submission: JobSubmission, under = ''): CheckedJob => {
  const registered = handlers.get(submission.type)
  if (!registered) {
    const known = [...handlers.keys()].join(', ')
    throw new AppError('TYPE_UNKNOWN', `There is no job type ${submission.type}; there are: ${known}.`, {
      faults: [{ path: `${under}/type`, message: `must be one of: ${known}` }],
    })
  }
  const payload = registered.handler.schema.safeParse(submission.payload)
  if (!payload.success) {
    const faults = faultsOf(payload.error.issues, `${under}/payload`).slice(0, 50)
    const said = faults.map(({ path, message }) => `${path}: ${message}`)
    throw new AppError('REQUEST_INVALID', said.slice(0, 5).join('; '), { faults })
  }
  const value = encode(submission, under)
  if (value.length > MAX_JOB_BYTES) {
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `The job is ${value.length} bytes; at most ${MAX_JOB_BYTES} fit a record.`,
    )
  }
  return { registered, value }
}
