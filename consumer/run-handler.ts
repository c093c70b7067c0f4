/** Runs one attempt of a handler, in this thread or in one of its own, under a time limit, to a result as JSON text. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, toError } from '../core/errors.ts'
import type { Handler } from '../core/handler.ts'
import type { RegisteredHandler } from '../core/handlers/registry.ts'
import type { JobRecord } from '../core/kafka/record.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import { callHandler } from './call-handler.ts'
import { runAs } from './guard/scope.ts'
import type { HandlerHost } from './host.ts'
import { resultJson } from './result-json.ts'

export interface Attempt {
  readonly job: JobRecord
  readonly attempt: number
  readonly timeoutMs: number
  /** Aborted when the job is no longer ours. */
  readonly signal: AbortSignal
  /** Takes what the handler tells of the attempt. */
  readonly notes: AttemptNotes
}

/** What ends an attempt before its function does. Most attempts end without it: what it would take is made when it is asked for. */
class Cut {
  #controller: AbortController | undefined
  #enter = (run: () => void): void => run()
  /** Why it was cut, or that it has ended. */
  #reason: Error | 'ended' | undefined
  #onFail: (reason: Error) => void = () => {}

  /**
   * The handler's: aborted when the attempt is cut short, and after its end. Who asks first is the handler, in its own scope: what
   * its listeners for the abort do, and do wrong, is its own.
   */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      this.#enter = AsyncLocalStorage.snapshot()
      this.#abort()
    }
    return this.#controller.signal
  }

  /** Settles as this does, unless the attempt is cut short or fails before. */
  during<T>(running: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#onFail = reject
      if (this.#reason instanceof Error) reject(this.#reason)
      running.then(resolve, reject)
    })
  }

  fail = (reason: Error): void => this.#onFail(reason)

  /** Cuts it short. */
  end(reason: Error): void {
    this.#reason ??= reason
    this.fail(reason)
    this.#abort()
  }

  /** It has ended: what the handler started and left open learns that nobody waits for it. */
  close(): void {
    this.#reason ??= 'ended'
    this.#abort()
  }

  #abort(): void {
    const [controller, reason] = [this.#controller, this.#reason]
    if (!controller || reason === undefined || controller.signal.aborted) return
    this.#enter(() => controller.abort(reason === 'ended' ? new Error('the attempt has ended') : reason))
  }
}

/** What a function that was told to end has to do so: until then neither its job's next attempt nor the next of its key begins. */
const END_LIMIT_MS = 2_000

/** Resolves when it has settled, or the limit is over. */
const hasEnded = async (settled: Promise<unknown>): Promise<void> => {
  const limit = new AbortController()
  const late = delay(END_LIMIT_MS, undefined, { signal: limit.signal })
  await Promise.race([settled, late]).catch(() => {})
  limit.abort()
  await late.catch(() => {})
}

/**
 * Runs it in this thread. It ends with its function, with what fails beside that, or when it is cut: a handler that ignores
 * its signal still ends, as far as the job goes. Its function that runs on is handed to the host's count.
 */
const runHere = async (
  handler: Handler,
  host: HandlerHost,
  { job: { id, type, key, payload, options }, attempt, notes: { progress, log } }: Attempt,
  cut: Cut,
): Promise<string | undefined> => {
  const place = host.table.enter(id, type)
  let runs = true
  const end = (): void => {
    runs = false
    host.table.leave(place)
  }
  const call = (): unknown =>
    callHandler(handler, payload, {
      id,
      type,
      key,
      attempt,
      scheduledFor: options.schedule?.at,
      get signal() {
        return cut.signal
      },
      progress,
      log,
    })
  const settled = runAs({ id, type }, call, { fail: cut.fail, end })
  try {
    return resultJson(await cut.during(settled))
  } catch (error) {
    if (runs) {
      cut.end(toError(error))
      await hasEnded(settled)
    }
    throw error
  } finally {
    if (runs) host.abandoned.add({ id, type }, settled)
  }
}

/**
 * Runs the handler once. Resolves to the result's JSON text. The time limit begins when the handler does: waiting for a
 * thread does not count.
 * @throws AppError REQUEST_INVALID (payload), TIMEOUT, RESULT_INVALID, HANDLER_FAILED; the reason of the job's loss; else
 * what the handler throws, as a HandlerError
 */
export const runHandler = async (
  { handler, file }: RegisteredHandler,
  host: HandlerHost,
  about: Attempt,
): Promise<string | undefined> => {
  const { job, attempt, timeoutMs, signal: lost, notes } = about
  if (lost.aborted) throw toError(lost.reason)
  const cut = new Cut()
  const lose = (): void => cut.end(toError(lost.reason))
  lost.addEventListener('abort', lose, { once: true })
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    timer = setTimeout(() => {
      cut.end(new AppError('TIMEOUT', `the attempt took longer than ${timeoutMs} ms`, { retryable: true }))
    }, timeoutMs)
  }
  try {
    if (handler.thread) {
      const { id, type, key, payload, options } = job
      const task = { file, id, type, key, attempt, scheduledFor: options.schedule?.at, payload }
      return await host.threads.run(task, cut.signal, begin, notes)
    }
    begin()
    return await runHere(handler, host, about, cut)
  } finally {
    notes.end()
    clearTimeout(timer)
    lost.removeEventListener('abort', lose)
    cut.close()
  }
}
