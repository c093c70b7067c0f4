/** What the main thread and a handler's thread say to each other. Errors lose their class on the way, so they travel as data. */
import { AppError, type ErrorCode, type Fault } from '../core/errors.ts'
import type { NotesUpdate } from './attempt-notes.ts'
import type { Stray } from './guard/scope.ts'
import type { HandlerError } from './thrown.ts'

export interface ThreadTask {
  /** Number of the attempt in this process. */
  readonly run: number
  readonly file: string
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly attempt: number
  readonly scheduledFor: string | undefined
  readonly payload: unknown
  /** The handler's `load` has made the payload of the job's, which was checked. */
  readonly loaded: boolean
}

interface PlainError {
  readonly message: string
  readonly stack: string | undefined
  readonly retryable: boolean
}

type Failure =
  | (PlainError & { readonly ours: true; readonly code: ErrorCode; readonly faults: readonly Fault[] })
  | (PlainError & { readonly ours: false; readonly code: string; readonly retryAfterMs: number | undefined })

/** What an attempt came to, and all that it told of itself: messages on the way may come after this, or not at all. */
export type ThreadOutput = { readonly notes: NotesUpdate | undefined } & (
  | { readonly ok: true; readonly json: string | undefined }
  | { readonly ok: false; readonly failure: Failure }
)

/** What a thread says meanwhile: that it begins an attempt, what that tells of itself, or that something failed beside it. */
export type ThreadMessage =
  | { readonly handlerThread: 'begins'; readonly run: number }
  | { readonly handlerThread: 'notes'; readonly run: number; readonly notes: NotesUpdate }
  | {
      readonly handlerThread: 'stray'
      readonly run: number
      readonly stray: Omit<Stray, 'error'> & { readonly failure: Failure }
    }

/** A handler may post messages of its own to the main thread. */
export const isThreadMessage = (message: unknown): message is ThreadMessage =>
  message instanceof Object && 'handlerThread' in message

export const failureOf = (error: AppError | HandlerError): Failure => {
  const { message, stack, retryable } = error
  return error instanceof AppError
    ? { ours: true, code: error.code, message, stack, retryable, faults: error.faults }
    : { ours: false, code: error.code, message, stack, retryable, retryAfterMs: error.retryAfterMs }
}

export const errorOf = (failure: Failure): AppError | HandlerError => {
  const { message, stack, retryable } = failure
  const error = failure.ours
    ? new AppError(failure.code, message, { retryable, faults: failure.faults })
    : Object.assign(new Error(message), { code: failure.code, retryable, retryAfterMs: failure.retryAfterMs })
  if (stack !== undefined) error.stack = stack
  return error
}
