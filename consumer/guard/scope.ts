/**
 * Whose code runs: everything that a handler starts (timers, promises, sockets, their callbacks) carries the attempt that
 * started it, by an AsyncLocalStorage. So what fails outside of every `try` can be laid at its door.
 *
 * Node would end the process for it. It need not: the callback was the handler's own, not half of something of ours, and
 * ending the worker would run the innocent jobs beside it again, over and over for a handler that does it each time. The attempt that
 * it belongs to fails with it, if it still runs (else it would often hang until its time limit: whatever would have settled
 * its promise has just been lost). What belongs to no handler still stops the process: then our own state is in doubt.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError } from '../../core/errors.ts'
import { type HandlerError, handlerError } from '../thrown.ts'

export interface Owner {
  /** Of the job; undefined for what handlers' modules do while they are loaded. */
  readonly id: string | undefined
  readonly type: string
}

/** What a handler left behind, or did beside its promise. */
export interface Stray extends Owner {
  readonly error: AppError | HandlerError
  /** Its function had settled before: its result stands. */
  readonly late: boolean
}

/** One run of a handler's code. */
export interface Scope extends Owner {
  /** Its function has settled. */
  readonly over: boolean
  /** Something failed beside its promise, while the function runs. */
  fail(error: AppError | HandlerError): void
}

const scopes = new AsyncLocalStorage<Scope>()

/** Calls a function in this scope: whatever it starts belongs there. */
export const within = <T>(scope: Scope, run: () => T): T => scopes.run(scope, run)

/** Runs a function as the owner's. What it throws, or rejects with, becomes an error that is safe to handle. */
export const runAs = <T>(
  { id, type }: Owner,
  run: () => T | Promise<T>,
  fail: Scope['fail'] = () => {},
): Promise<T> => {
  const scope = { id, type, fail, over: false }
  return within(scope, async () => {
    try {
      return await run()
    } catch (thrown) {
      throw handlerError(thrown)
    } finally {
      scope.over = true
    }
  })
}

/**
 * Takes what failed outside of every `try`, where it is a handler's; undefined where it is not. To be called from the
 * process's listeners for `uncaughtException` and `unhandledRejection`: these run in the context of what failed.
 */
export const takeStray = (thrown: unknown): Stray | undefined => {
  const scope = scopes.getStore()
  if (!scope) return undefined
  const error = handlerError(thrown)
  const { id, type, over } = scope
  if (!over) scope.fail(error)
  return { id, type, error, late: over }
}

/**
 * From now on `process.exit` throws where a handler calls it: it would end the jobs beside it, unrecorded. Once the
 * process is leaving it works for everybody, so that nothing can keep it from ending.
 */
export const refuseExit = (leaving: AbortSignal): void => {
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    if (scopes.getStore() && !leaving.aborted) {
      throw new AppError('HANDLER_FAILED', `the handler called process.exit(${code ?? ''})`, {
        retryable: true,
      })
    }
    return exit(code)
  }
}
