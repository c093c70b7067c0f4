/** Runs one attempt of a handler, in this thread or in one of its own, under a time limit, to a result as JSON text. */
import { AppError, faultsOf, toError } from '../core/errors.ts'
import type { RegisteredHandler } from '../core/handlers/registry.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import type { HandlerThreads } from './threads.ts'

/** Largest result in bytes of JSON. */
export const MAX_RESULT_BYTES = 8_000_000

/**
 * A result as JSON text; undefined for no result.
 * @throws AppError RESULT_INVALID for what can't be stored: cyclic, a BigInt, too large
 */
export const resultJson = (result: unknown): string | undefined => {
  let text: string | undefined
  try {
    text = JSON.stringify(result)
  } catch (cause) {
    throw new AppError('RESULT_INVALID', `the result is not JSON: ${toError(cause).message}`, { cause })
  }
  if (text !== undefined && Buffer.byteLength(text) > MAX_RESULT_BYTES) {
    throw new AppError('RESULT_INVALID', `the result is larger than ${MAX_RESULT_BYTES} bytes`)
  }
  return text
}

/** Rejects when the signal aborts: a handler that ignores its signal still ends, as far as the job goes. */
const aborted = (signal: AbortSignal): { promise: Promise<never>; dispose: () => void } => {
  let dispose = (): void => {}
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(toError(signal.reason))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    dispose = () => signal.removeEventListener('abort', onAbort)
  })
  // Nobody may come to wait for it.
  promise.catch(() => {})
  return { promise, dispose }
}

export interface Attempt {
  readonly job: JobRecord
  readonly attempt: number
  readonly timeoutMs: number
  /** Aborted when the job is no longer ours. */
  readonly signal: AbortSignal
}

/**
 * Runs the handler once. Resolves to the result's JSON text.
 * @throws AppError REQUEST_INVALID (payload), TIMEOUT, RESULT_INVALID; or whatever the handler throws
 */
export const runHandler = async (
  { handler, file }: RegisteredHandler,
  threads: HandlerThreads,
  { job, attempt, timeoutMs, signal: lost }: Attempt,
): Promise<string | undefined> => {
  const limit = new AbortController()
  const timer = setTimeout(
    () =>
      limit.abort(
        new AppError('TIMEOUT', `the attempt took longer than ${timeoutMs} ms`, { retryable: true }),
      ),
    timeoutMs,
  )
  const signal = AbortSignal.any([limit.signal, lost])
  const end = aborted(signal)
  try {
    if (handler.thread) {
      const { id, type, key, payload } = job
      return await Promise.race([threads.run({ file, id, type, key, attempt, payload }, signal), end.promise])
    }
    const payload = handler.schema.safeParse(job.payload)
    if (!payload.success) {
      const faults = faultsOf(payload.error.issues, '/payload')
      throw new AppError('REQUEST_INVALID', 'the payload does not fit the type', { faults })
    }
    const context = { id: job.id, type: job.type, key: job.key, attempt, signal }
    return resultJson(await Promise.race([handler.run(payload.data, context), end.promise]))
  } finally {
    clearTimeout(timer)
    end.dispose()
    // So that what the handler started and left open learns that nobody waits for it.
    limit.abort(new Error('the attempt has ended'))
  }
}
