/**
 * A job's record, which every Kafka client can read.
 * Key: the job's key, or none. Value: JSON `{payload, …options}` (`core/job.ts`, `jobOptions`). Headers: `id`, `type`, and
 * `traceparent` (W3C Trace Context) where the request carried one. Timestamp: the submit time, which the id holds too.
 */
import { AppError, faultsOf, toError } from '../errors.ts'
import { type JobOptions, type JobSubmission, jobOptions, MAX_KEY_BYTES, typeName } from '../job.ts'
import { readJobId } from '../job-id.ts'
import type { Message } from './client.ts'
import type { LogRecord } from './log-records.ts'

/** A job as a worker takes it from the log. */
export interface JobRecord {
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly payload: unknown
  readonly options: JobOptions
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
  readonly traceparent: string | undefined
}

/** The value of a record. Encoded once, when the submission is taken: its size decides how it is batched. */
export const encodeValue = (submission: JobSubmission, schedule?: JobOptions['schedule']): Buffer => {
  const { type: _type, key: _key, priority: _priority, payload, delayMs, ...options } = submission
  const runAt = delayMs === undefined ? options.runAt : new Date(Date.now() + delayMs).toISOString()
  return Buffer.from(JSON.stringify({ payload, ...options, runAt, schedule }))
}

export interface RecordParts {
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly value: Buffer
  readonly partition: number
  readonly timestamp: number
  readonly traceparent: string | undefined
}

export const encodeRecord = (parts: RecordParts): Message => ({
  key: parts.key ?? null,
  value: parts.value,
  partition: parts.partition,
  timestamp: String(parts.timestamp),
  headers: {
    id: parts.id,
    type: parts.type,
    ...(parts.traceparent === undefined ? {} : { traceparent: parts.traceparent }),
  },
})

const header = ({ headers }: LogRecord, name: string): string | undefined => {
  const value = headers?.[name]
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined ? undefined : one.toString()
}

/** A traceparent as W3C Trace Context has it; undefined for anything else. */
export const traceparentOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(text) ? text : undefined

/** Names that were found to be those of types: few, unless somebody fills the log with others. */
const MAX_KNOWN_TYPES = 1_000
const knownTypes = new Set<string>()

const isTypeName = (type: string): boolean => {
  if (knownTypes.has(type)) return true
  if (!typeName.safeParse(type).success) return false
  if (knownTypes.size >= MAX_KNOWN_TYPES) knownTypes.clear()
  knownTypes.add(type)
  return true
}

const NO_OPTIONS: JobOptions = {}

const invalid = (message: string, cause?: unknown): AppError =>
  new AppError('RECORD_INVALID', message, { cause })

/** All but the payload. Most jobs have none. */
const optionsOf = (value: { payload?: unknown }): JobOptions => {
  const names = Object.keys(value)
  if (names.length === 0 || (names.length === 1 && names[0] === 'payload')) return NO_OPTIONS
  const { payload: _payload, ...given } = value
  const options = jobOptions.safeParse(given)
  if (options.success) return options.data
  const faults = faultsOf(options.error.issues)
  throw invalid(`the value is no job: ${faults.map((fault) => `${fault.path} ${fault.message}`).join('; ')}`)
}

/**
 * Reads a record.
 * @throws AppError RECORD_INVALID where it is no job: no value, no JSON, no id of ours, wrong options
 */
export const decodeRecord = (message: LogRecord): JobRecord => {
  const id = header(message, 'id')
  const type = header(message, 'type')
  const parts = id === undefined ? undefined : readJobId(id)
  if (id === undefined || parts === undefined) throw invalid('header id: must be a job id (UUID version 8)')
  if (type === undefined) throw invalid('header type: is missing')
  if (!isTypeName(type)) throw invalid('header type: is no name of a job type')
  const { key } = message
  // What the store could not hold would keep every result beside it from being recorded.
  if (key && (key.length > MAX_KEY_BYTES || key.includes(0))) {
    throw invalid(`key: must be at most ${MAX_KEY_BYTES} bytes, without NUL`)
  }
  if (message.value === null) throw invalid('the record has no value')
  let value: unknown
  try {
    value = JSON.parse(message.value.toString())
  } catch (cause) {
    throw invalid(`the value is not JSON: ${toError(cause).message}`, cause)
  }
  if (!(value instanceof Object) || Array.isArray(value)) throw invalid('the value is not a JSON object')
  const job = value as { payload?: unknown }
  return {
    id,
    type,
    key: key?.toString(),
    payload: job.payload,
    options: optionsOf(job),
    submittedAt: parts.submittedAt,
    traceparent: traceparentOf(header(message, 'traceparent')),
  }
}
