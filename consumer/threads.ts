import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { getHeapStatistics } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { AppError, codeOf, toError } from '../core/errors.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import type { Owner, Stray } from './guard/scope.ts'
import { Semaphore } from './semaphore.ts'
import { errorOf, isThreadMessage, type ThreadOutput, type ThreadTask } from './thread-protocol.ts'

/** A thread that takes longer to start and to load the handler is given up, ms. Processors may be scarce. */
const START_LIMIT_MS = 60_000
/** What threads get to end in when the process leaves, ms. */
const END_LIMIT_MS = 2_000

/**
 * Heap of one thread in MB: all threads together half of the main thread's, so that a leak ends a thread rather than
 * the container. Never so little that a handler can't be loaded. (`--max-old-space-size` overrides it, then it holds for each.)
 */
export const threadHeapMb = (mainLimitBytes: number, threads: number): number =>
  Math.max(64, Math.floor(mainLimitBytes / 2 ** 20 / 2 / threads))

/**
 * What a collection of the young generation moves at once must fit into the 16 MB that Node grants a thread beyond its limit
 * to end in: with V8's default it does not, and V8 ends the process. (One allocation above that still does.)
 */
const YOUNG_MB = 16

/** Why a thread ended under its job. */
const endOf = (thrown: unknown): string => {
  if (codeOf(thrown) === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory'
  const { message } = toError(thrown)
  const code = /^worker exited with code: (\d+)$/.exec(message)?.[1]
  return code === undefined ? message : `the handler ended it (exit code ${code})`
}

export interface ThreadsParts {
  readonly concurrency: number
  readonly log: Logger
  readonly onStray: (stray: Stray) => void
  /** A thread was told to end with its attempt; `ended` resolves when it has. */
  readonly onGivenUp: (owner: Owner, ended: Promise<unknown>) => void
  /** Heap of each thread; unset: as {@link threadHeapMb} has it. */
  readonly heapMb?: number
}

/**
 * Threads for handlers that keep a processor busy: the consume loop goes on beside them.
 * They start on first use and end when idle. A thread whose job is aborted is ended with it: nothing else stops a
 * function that computes. Attempts wait for a thread here and not in piscina, which starts none for those that wait behind a
 * thread that dies.
 */
export class HandlerThreads {
  readonly #count: number
  readonly #slots: Semaphore
  readonly #parts: ThreadsParts
  /** By the number of the attempt: it begins, or fails beside its promise. */
  readonly #runs = new Map<number, { begin(): void; fail(error: Error): void; notes: AttemptNotes }>()
  /** Threads that have not ended, and when they do. */
  readonly #alive = new Map<Worker, Promise<unknown>>()
  /** Those of them that the pool has given up. */
  readonly #givenUp = new Set<Worker>()
  #pool: Piscina | undefined
  #lastRun = 0

  constructor(parts: ThreadsParts) {
    this.#parts = parts
    // More threads than processors gain nothing.
    this.#count = Math.max(1, Math.min(parts.concurrency, availableParallelism()))
    this.#slots = new Semaphore(this.#count)
  }

  /** Threads that were told to end and don't: they are in native code, or wait for a child process. */
  get unended(): number {
    return this.#givenUp.size
  }

  /**
   * Runs one attempt in a thread; resolves to the result's JSON text. `onBegin` is called when it begins there; what it tells of
   * itself goes to `notes`.
   * @throws AppError REQUEST_INVALID, RESULT_INVALID, HANDLER_FAILED (the thread ended); or what the handler throws
   */
  async run(
    task: Omit<ThreadTask, 'run'>,
    signal: AbortSignal,
    onBegin: () => void,
    notes: AttemptNotes,
  ): Promise<string | undefined> {
    await this.#slots.take(signal)
    try {
      return await this.#runNow({ ...task, run: ++this.#lastRun }, signal, onBegin, notes)
    } finally {
      this.#slots.give()
    }
  }

  async #runNow(
    task: ThreadTask,
    signal: AbortSignal,
    onBegin: () => void,
    notes: AttemptNotes,
  ): Promise<string | undefined> {
    const failed = new AbortController()
    const late = new AppError('HANDLER_FAILED', `no thread was ready after ${START_LIMIT_MS} ms`, {
      retryable: true,
    })
    const timer = setTimeout(() => failed.abort(late), START_LIMIT_MS)
    const begin = (): void => {
      clearTimeout(timer)
      onBegin()
    }
    this.#runs.set(task.run, { begin, fail: (error) => failed.abort(error), notes })
    const ended = AbortSignal.any([signal, failed.signal])
    let output: ThreadOutput
    try {
      const running = this.#open().run(task, { signal: ended })
      this.#noteStarted()
      output = (await running) as ThreadOutput
    } catch (thrown) {
      this.#noteGivenUp(task)
      if (ended.aborted) throw toError(ended.reason)
      throw new AppError('HANDLER_FAILED', `the handler’s thread ended: ${endOf(thrown)}`, {
        retryable: true,
      })
    } finally {
      clearTimeout(timer)
      this.#runs.delete(task.run)
    }
    if (output.notes) notes.merge(output.notes)
    if (!output.ok) throw errorOf(output.failure)
    return output.json
  }

  #open(): Piscina {
    if (this.#pool) return this.#pool
    const { log, onStray, heapMb } = this.#parts
    const pool = new Piscina({
      filename: fileURLToPath(new URL('thread.ts', import.meta.url)),
      minThreads: 0,
      maxThreads: this.#count,
      idleTimeout: 60_000,
      concurrentTasksPerWorker: 1,
      // Else a thread without a job stands still: timers and sockets of its handler's module with it.
      atomics: 'disabled',
      resourceLimits: {
        maxOldGenerationSizeMb: heapMb ?? threadHeapMb(getHeapStatistics().heap_size_limit, this.#count),
        maxYoungGenerationSizeMb: YOUNG_MB,
      },
    })
    pool.on('message', (message: unknown) => {
      if (!isThreadMessage(message)) return
      const run = this.#runs.get(message.run)
      if (message.handlerThread === 'begins') return run?.begin()
      if (message.handlerThread === 'notes') return run?.notes.merge(message.notes)
      const { failure, ...about } = message.stray
      const error = errorOf(failure)
      run?.fail(error)
      onStray({ ...about, error })
    })
    // A thread that dies without a job.
    pool.on('error', (error: unknown) => log.warn({ reason: endOf(error) }, 'an idle handler thread ended'))
    this.#pool = pool
    return pool
  }

  #noteStarted(): void {
    for (const thread of this.#pool?.threads ?? []) {
      if (this.#alive.has(thread)) continue
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      thread.once('exit', () => {
        this.#alive.delete(thread)
        this.#givenUp.delete(thread)
        resolve()
      })
      this.#alive.set(thread, ended)
    }
  }

  /** Threads that are alive, and the pool's no more. */
  #noteGivenUp(owner?: Owner): void {
    const kept = new Set(this.#pool?.threads)
    for (const [thread, ended] of this.#alive) {
      if (kept.has(thread) || this.#givenUp.has(thread)) continue
      this.#givenUp.add(thread)
      if (owner) this.#parts.onGivenUp(owner, ended)
    }
  }

  /** Ends the threads; what can't be ended is left behind. */
  async close(): Promise<void> {
    const limit = new AbortController()
    const ended = this.#pool?.destroy()
    await Promise.race([ended, delay(END_LIMIT_MS, undefined, { signal: limit.signal, ref: false })]).catch(
      () => {},
    )
    limit.abort()
    this.#noteGivenUp()
    const threads = this.unended
    if (threads > 0) {
      this.#parts.log.error({ threads }, 'handler threads can’t be ended: native code, or a child process')
    }
  }
}
