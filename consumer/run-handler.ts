/** Runs one attempt of a handler, in this thread or in one of its own, under a time limit, to a result as JSON text. */
import { toError } from '../core/errors.ts'
import type { RegisteredHandler } from '../core/handlers/registry.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import { AttemptHere, timedOut } from './attempt-here.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import { checkPayload } from './call-handler.ts'
import type { Abort } from './engine/abort.ts'
import { runAs } from './guard/scope.ts'
import type { HandlerHost } from './host.ts'

export interface Attempt {
  readonly job: JobRecord
  readonly attempt: number
  readonly timeoutMs: number
  /** Aborted when the job is no longer ours. */
  readonly lost: Abort
  /** Takes what the handler tells of the attempt. */
  readonly notes: AttemptNotes
}

/**
 * The time limit begins with what the handler loads, if it does, and goes on when a thread begins: waiting for one does not count.
 */
const runInThread = async (
  { handler, file }: RegisteredHandler,
  host: HandlerHost,
  about: Attempt,
): Promise<string | undefined> => {
  const { job, attempt, timeoutMs, lost, notes } = about
  const { id, type, key, payload, options } = job
  const told = { id, type, key, attempt, scheduledFor: options.schedule?.at }
  const cut = new AbortController()
  lost.onAbort = (reason) => cut.abort(reason)
  let left = timeoutMs
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    timer = setTimeout(() => cut.abort(timedOut(timeoutMs)), left)
  }
  /** What the handler's `load` makes of the payload. One that goes on when it is cut short is left behind. */
  const load = async (): Promise<unknown> => {
    const { platform } = host
    const context = { ...told, signal: cut.signal, progress: notes.progress, log: notes.log, platform }
    const from = performance.now()
    begin()
    const aborted = new Promise<never>((_, reject) => {
      cut.signal.addEventListener('abort', () => reject(toError(cut.signal.reason)), { once: true })
    })
    const loading = runAs(
      told,
      () => handler.load?.(checkPayload(handler, payload), context),
      (error) => cut.abort(error),
    )
    const loaded = await Promise.race([loading, aborted])
    clearTimeout(timer)
    left = Math.max(1, timeoutMs - (performance.now() - from))
    notes.goesOnElsewhere()
    return loaded
  }
  try {
    const loaded = handler.load !== undefined
    const task = { ...told, file, loaded, payload: loaded ? await load() : payload }
    return await host.threads.run(task, cut.signal, begin, notes)
  } finally {
    notes.end()
    clearTimeout(timer)
    lost.onAbort = undefined
  }
}

/**
 * Runs the handler once. Resolves to the result's JSON text. The time limit begins when the handler does.
 * @throws AppError REQUEST_INVALID (payload), TIMEOUT, RESULT_INVALID, HANDLER_FAILED; the reason of the job's loss; else
 * what the handler throws, as a HandlerError
 */
export const runHandler = (
  registered: RegisteredHandler,
  host: HandlerHost,
  about: Attempt,
): Promise<string | undefined> => {
  if (about.lost.reason) return Promise.reject(about.lost.reason)
  const { handler } = registered
  return handler.thread ? runInThread(registered, host, about) : new AttemptHere(host, about).run(handler)
}
