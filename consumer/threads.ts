import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { AppError, toError } from '../core/errors.ts'
import type { ThreadOutput, ThreadTask } from './thread.ts'

/**
 * Threads for handlers that keep a processor busy: the consume loop goes on beside them.
 * They start on first use and end when idle. A thread whose job is aborted is ended with it: nothing else stops
 * a function that computes.
 */
export class HandlerThreads {
  readonly #concurrency: number
  #pool: Piscina | undefined

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  /**
   * Runs one attempt in a thread; resolves to the result's JSON text.
   * @throws AppError REQUEST_INVALID, RESULT_INVALID, HANDLER_FAILED (the thread ended); or what the handler throws
   */
  async run(task: ThreadTask, signal: AbortSignal): Promise<string | undefined> {
    this.#pool ??= new Piscina({
      filename: fileURLToPath(new URL('thread.ts', import.meta.url)),
      minThreads: 0,
      // More threads than processors gain nothing; fewer than jobs in parallel only queue.
      maxThreads: Math.max(1, Math.min(this.#concurrency, availableParallelism())),
      idleTimeout: 60_000,
      concurrentTasksPerWorker: 1,
    })
    let output: ThreadOutput
    try {
      output = (await this.#pool.run(task, { signal })) as ThreadOutput
    } catch (thrown) {
      if (signal.aborted) throw toError(signal.reason)
      const cause = toError(thrown)
      throw new AppError('HANDLER_FAILED', `the handler’s thread ended: ${cause.message}`, {
        retryable: true,
        cause,
      })
    }
    if (output.ok) return output.json
    const { code, message, retryable, faults, ours } = output
    if (ours) throw new AppError(code, message, { retryable, faults })
    throw Object.assign(new Error(message), { code, retryable })
  }

  async close(): Promise<void> {
    await this.#pool?.destroy()
  }
}
