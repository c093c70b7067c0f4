import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'
import type { Handler, HandlerContext } from '../core/handler.ts'
import { callHandler } from './call-handler.ts'
import { type Scope, within } from './guard/scope.ts'
import type { HandlerHost } from './host.ts'
import { resultJson } from './result-json.ts'
import type { Attempt } from './run-handler.ts'
import { handlerError } from './thrown.ts'

/** What a function that was told to end has to do so: until then neither its job's next attempt nor the next of its key begins. */
const END_LIMIT_MS = 2_000

const ended = (): Error => new Error('the attempt has ended')

export const timedOut = (timeoutMs: number): AppError =>
  new AppError('TIMEOUT', `the attempt took longer than ${timeoutMs} ms`, { retryable: true })

const timeOut = (attempt: AttemptHere): void => attempt.timeOut()

/**
 * One attempt in this thread. It ends with its function, with what fails beside that, or when it is cut: a handler that ignores
 * its signal still ends, as far as the job goes. Its function that runs on is handed to the host's count.
 *
 * One object and two promises, since a worker runs thousands a second: what few attempts need is made when it is asked for.
 */
export class AttemptHere implements Scope {
  readonly id: string
  readonly type: string
  /** Its function has settled. */
  over = false
  readonly #host: HandlerHost
  readonly #about: Attempt
  readonly #place: number
  readonly #timer: NodeJS.Timeout
  /** Why it was cut, before its function had settled. */
  #cut: Error | undefined
  #controller: AbortController | undefined
  #enter = (run: () => void): void => run()
  #resolve: (resultJson: string | undefined) => void = () => {}
  #reject: (why: Error) => void = () => {}
  #onOver: () => void = () => {}

  /** It runs from now on. */
  constructor(host: HandlerHost, about: Attempt) {
    const { job, timeoutMs, lost } = about
    this.id = job.id
    this.type = job.type
    this.#host = host
    this.#about = about
    this.#place = host.table.enter(job.id, job.type)
    this.#timer = setTimeout(timeOut, timeoutMs, this)
    lost.onAbort = (reason) => this.fail(reason)
  }

  /** Calls the handler, once. Settles as `runHandler` does. */
  run(handler: Handler): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      within(this, () => this.#call(handler))
    })
  }

  /** Cuts it short. */
  fail(why: Error): void {
    if (this.over || this.#cut) return
    this.#cut = why
    this.#abortSignal(why)
    void this.#endCut(why)
  }

  timeOut(): void {
    this.fail(timedOut(this.#about.timeoutMs))
  }

  #call(handler: Handler): void {
    try {
      const returned = callHandler(handler, this.#about.job.payload, this.#context())
      if (returned instanceof Object) Promise.resolve(returned).then(this.#onResult, this.#onThrown)
      else this.#onResult(returned)
    } catch (thrown) {
      this.#onThrown(thrown)
    }
  }

  #context(): HandlerContext {
    const { job, attempt, notes } = this.#about
    const signal = (): AbortSignal => this.#signal
    return {
      id: job.id,
      type: job.type,
      key: job.key,
      attempt,
      scheduledFor: job.options.schedule?.at,
      get signal() {
        return signal()
      },
      get progress() {
        return notes.progress
      },
      get log() {
        return notes.log
      },
      platform: this.#host.platform,
    }
  }

  /**
   * The handler's: aborted when the attempt is cut short, and after its end. Who asks first is the handler, in its own scope: what
   * its listeners for the abort do, and do wrong, is its own.
   */
  get #signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      this.#enter = AsyncLocalStorage.snapshot()
      if (this.#cut) this.#abortSignal(this.#cut)
      else if (this.over) this.#abortSignal(ended())
    }
    return this.#controller.signal
  }

  #abortSignal(why: Error): void {
    const controller = this.#controller
    if (controller && !controller.signal.aborted) this.#enter(() => controller.abort(why))
  }

  readonly #onResult = (result: unknown): void => {
    this.#settled()
    if (this.#cut) return
    let json: string | undefined
    try {
      json = resultJson(result)
    } catch (error) {
      this.#end()
      this.#reject(handlerError(error))
      return
    }
    this.#end()
    this.#resolve(json)
  }

  readonly #onThrown = (thrown: unknown): void => {
    const error = handlerError(thrown)
    this.#settled()
    if (this.#cut) return
    this.#end()
    this.#reject(error)
  }

  #settled(): void {
    this.over = true
    this.#host.table.leave(this.#place)
    this.#onOver()
  }

  async #endCut(why: Error): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#onOver = resolve
    })
    const limit = new AbortController()
    const late = delay(END_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})
    await Promise.race([settled, late])
    limit.abort()
    if (!this.over) this.#host.abandoned.add(this, settled)
    this.#end()
    this.#reject(why)
  }

  /** What the handler started and left open learns that nobody waits for it. */
  #end(): void {
    this.#about.notes.end()
    clearTimeout(this.#timer)
    this.#about.lost.onAbort = undefined
    if (this.#controller) this.#abortSignal(ended())
  }
}
