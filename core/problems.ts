/** Errors as HTTP answers: problem details (RFC 9457). The one place that maps codes to statuses. */
import { z } from 'zod'
import { AppError, type ErrorCode, type Fault } from './errors.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const problem = z
  .object({
    type: z.string().meta({ description: 'Stable name of the kind of problem.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.string(),
    retryable: z.boolean(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'Each wrong place of the input, as a JSON pointer.' }),
  })
  .meta({ id: 'Problem' })
export type Problem = z.output<typeof problem>

const answers: Partial<Record<ErrorCode, readonly [status: number, title: string]>> = {
  REQUEST_INVALID: [400, 'The request is not valid'],
  TYPE_UNKNOWN: [422, 'There is no such job type'],
  IDEMPOTENCY_MISMATCH: [422, 'The Idempotency-Key stands for another request'],
  SCHEDULE_EXISTS: [409, 'There is a schedule of this name'],
  SCHEDULES_FULL: [409, 'There are too many schedules'],
  SERIES_FULL: [409, 'There are too many series'],
  UNAUTHENTICATED: [401, 'A bearer token is needed'],
  FORBIDDEN: [403, 'The token does not allow this'],
  NOT_FOUND: [404, 'There is nothing here'],
  METHOD_NOT_ALLOWED: [405, 'The method is not allowed here'],
  NOT_ACCEPTABLE: [406, 'The answer can’t be given in this form'],
  JOB_ENDED: [409, 'The job has ended'],
  NOT_REPLAYABLE: [409, 'It can’t be put back'],
  PAYLOAD_TOO_LARGE: [413, 'The body is too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The media type is not supported'],
  QUEUE_FULL: [429, 'The queue is full'],
  KAFKA_UNAVAILABLE: [503, 'Kafka is not available'],
  PUBLISH_UNKNOWN: [503, 'It is not known whether the job was accepted'],
  STORE_UNAVAILABLE: [503, 'The database is not available'],
  API_UNREACHABLE: [502, 'The API can’t be reached'],
  SHUTTING_DOWN: [503, 'This server is stopping'],
}

/** Faults in the values of a well-formed request are 422; a request that can't be read is 400. */
const statusOf = (error: AppError): readonly [number, string] =>
  error.code === 'REQUEST_INVALID' && error.faults.length > 0
    ? [422, 'The request has wrong values']
    : (answers[error.code] ?? [500, 'Something went wrong here'])

/** The answer to an error. What was not thrown on purpose says nothing of the inside. */
export const problemOf = (thrown: unknown, instance?: string): Problem => {
  const error =
    thrown instanceof AppError ? thrown : new AppError('INTERNAL', 'An unexpected error; it was logged.')
  const [status, title] = statusOf(error)
  return {
    type: `urn:anomalyguard:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: error.message,
    ...(instance === undefined ? {} : { instance }),
    code: error.code,
    retryable: error.retryable,
    ...(error.faults.length === 0
      ? {}
      : { errors: error.faults.map(({ path, message }: Fault) => ({ pointer: path, detail: message })) }),
  }
}

/** The headers that go with it. */
export const problemHeaders = (thrown: unknown): Record<string, string> => ({
  'content-type': PROBLEM_TYPE,
  ...(thrown instanceof AppError && thrown.retryAfterS !== undefined
    ? { 'retry-after': String(thrown.retryAfterS) }
    : {}),
  ...(thrown instanceof AppError && thrown.code === 'UNAUTHENTICATED'
    ? { 'www-authenticate': 'Bearer' }
    : {}),
})
