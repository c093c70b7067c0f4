/** Runs one attempt of a handler, in this thread or in one of its own, under a time limit, to a result as JSON text. */
import type { RegisteredHandler } from '../core/handlers/registry.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import { AttemptHere, timedOut } from './attempt-here.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import type { Abort } from './engine/abort.ts'
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

/** The time limit begins when a thread does with it: waiting for one does not count. */
const runInThread = async (file: string, host: HandlerHost, about: Attempt): Promise<string | undefined> => {
  const { job, attempt, timeoutMs, lost, notes } = about
  const { id, type, key, payload, options } = job
  const cut = new AbortController()
  lost.onAbort = (reason) => cut.abort(reason)
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    timer = setTimeout(() => cut.abort(timedOut(timeoutMs)), timeoutMs)
  }
  try {
    const task = { file, id, type, key, attempt, scheduledFor: options.schedule?.at, payload }
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
  { handler, file }: RegisteredHandler,
  host: HandlerHost,
  about: Attempt,
): Promise<string | undefined> => {
  if (about.lost.reason) return Promise.reject(about.lost.reason)
  return handler.thread ? runInThread(file, host, about) : new AttemptHere(host, about).run(handler)
}
