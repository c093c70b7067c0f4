/** What runs inside a handler thread: loads the handler from its file once, runs attempts, answers with plain data. */
import { AppError, codeOf, type ErrorCode, type Fault, faultsOf, toError } from '../core/errors.ts'
import type { Handler } from '../core/handler.ts'
import { loadHandler } from '../core/handlers/registry.ts'
import { resultJson } from './run-handler.ts'

export interface ThreadTask {
  readonly file: string
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  readonly attempt: number
  readonly payload: unknown
}

/** Errors lose their class on the way between threads, so they travel as data. */
export type ThreadOutput =
  | { readonly ok: true; readonly json: string | undefined }
  | {
      readonly ok: false
      readonly ours: true
      readonly code: ErrorCode
      readonly message: string
      readonly retryable: boolean
      readonly faults: readonly Fault[]
    }
  | {
      readonly ok: false
      readonly ours: false
      readonly code: string
      readonly message: string
      readonly retryable: boolean
      readonly faults: readonly Fault[]
    }

const handlers = new Map<string, Promise<Handler>>()

const load = (file: string): Promise<Handler> => {
  const present = handlers.get(file)
  if (present) return present
  const loading = loadHandler(file)
  handlers.set(file, loading)
  return loading
}

export default async ({ file, payload, ...about }: ThreadTask): Promise<ThreadOutput> => {
  try {
    const handler = await load(file)
    const parsed = handler.schema.safeParse(payload)
    if (!parsed.success) {
      const faults = faultsOf(parsed.error.issues, '/payload')
      throw new AppError('REQUEST_INVALID', 'the payload does not fit the type', { faults })
    }
    // The thread is ended when the job is aborted, so a signal that never fires is the whole truth in here.
    const context = { ...about, signal: new AbortController().signal }
    return { ok: true, json: resultJson(await handler.run(parsed.data, context)) }
  } catch (thrown) {
    const error = toError(thrown)
    if (error instanceof AppError) {
      const { code, message, retryable, faults } = error
      return { ok: false, ours: true, code, message, retryable, faults }
    }
    const retryable = !('retryable' in error) || error.retryable !== false
    return { ok: false, ours: false, code: codeOf(error), message: error.message, retryable, faults: [] }
  }
}
