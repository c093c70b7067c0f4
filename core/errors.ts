/** The kinds of failure this product names; each is stable: clients, logs and metrics match on it. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'REQUEST_INVALID'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_ACCEPTABLE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'PAYLOAD_TOO_LARGE'
  | 'IDEMPOTENCY_MISMATCH'
  | 'SCHEDULE_EXISTS'
  | 'SCHEDULES_FULL'
  | 'SERIES_FULL'
  | 'SERIES_CHANGED'
  | 'WEBHOOK_FAILED'
  | 'QUEUE_FULL'
  | 'JOB_ENDED'
  | 'NOT_REPLAYABLE'
  | 'KAFKA_UNAVAILABLE'
  | 'PUBLISH_UNKNOWN'
  | 'STORE_UNAVAILABLE'
  | 'API_UNREACHABLE'
  | 'HANDLER_INVALID'
  | 'HANDLER_FAILED'
  | 'RECORD_INVALID'
  | 'TYPE_UNKNOWN'
  | 'RESULT_INVALID'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'WORKER_LOST'
  | 'SHUTTING_DOWN'
  | 'SETUP_FAILED'
  | 'INTERNAL'

/** One place of the input that is wrong, and why: `path` is a JSON pointer ('' is the whole). */
export interface Fault {
  readonly path: string
  readonly message: string
}

export interface ErrorOptions {
  /** Whether the same call may succeed later without being changed. Default false. */
  readonly retryable?: boolean
  readonly cause?: unknown
  readonly faults?: readonly Fault[]
  /** Seconds after which a repeat makes sense; becomes `Retry-After`. */
  readonly retryAfterS?: number
}

/** The one base of every error this product throws on purpose. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly faults: readonly Fault[]
  readonly retryAfterS: number | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.retryable = options.retryable ?? false
    this.faults = options.faults ?? []
    this.retryAfterS = options.retryAfterS
  }
}

/** Anything that was thrown, as an Error: a handler may throw a string, an object, or nothing. */
export const toError = (thrown: unknown): Error => {
  if (thrown instanceof Error) return thrown
  if (typeof thrown === 'string') return new Error(thrown)
  for (const text of [() => JSON.stringify(thrown), () => String(thrown)]) {
    try {
      const message = text()
      if (message !== undefined) return new Error(message)
    } catch {
      // It can't be told in this form.
    }
  }
  return new Error('something that can’t be told was thrown')
}

/** The stable code of any thrown thing: ours, else that of Node or PostgreSQL, else INTERNAL. */
export const codeOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && code !== '' ? code : 'INTERNAL'
}

interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Of `unrecognized_keys`: one issue names several. */
  readonly keys?: readonly string[]
}

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** zod's issues as faults, with JSON pointers (RFC 6901) for paths. */
export const faultsOf = (issues: readonly Issue[], under = ''): Fault[] =>
  issues.flatMap(({ code, path, message, keys }) =>
    code === 'unrecognized_keys' && keys
      ? keys.map((key) => ({ path: under + pointer([...path, key]), message: 'is not a field of this' }))
      : [{ path: under + pointer(path), message }],
  )
