/**
 * Attempts that were given up (time limit, loss of the job) while their function runs on: nothing ends a function but itself.
 * Each keeps what it holds, and perhaps its effects, so they are counted, said, and bounded.
 */
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Owner } from './scope.ts'

/**
 * How many a slot may leave behind before the worker is to be replaced. With the payloads (900 kB, some times that in
 * memory) and sockets of four times the concurrency a worker of 5 slots is still within its 512 MiB.
 */
export const ABANDONED_PER_SLOT = 4

/** A function that minds its signal ends within this time: nothing is said of it. */
const GRACE_MS = 1_000

export class Abandoned {
  readonly #limit: number
  readonly #log: Logger
  readonly #onTooMany: () => void
  #count = 0

  /** `onTooMany` is called when there are more than `limit`. */
  constructor(limit: number, log: Logger, onTooMany: () => void) {
    this.#limit = limit
    this.#log = log
    this.#onTooMany = onTooMany
  }

  /** Those that have not settled yet. */
  get count(): number {
    return this.#count
  }

  /** What is wrong, once there are too many. */
  get fault(): string | undefined {
    return this.#count > this.#limit
      ? `${this.#count} attempts were given up and still run; ${this.#limit} may`
      : undefined
  }

  add({ id, type }: Owner, settled: Promise<unknown>): void {
    const about = { job: id, type }
    const since = performance.now()
    let said = false
    const timer = setTimeout(() => {
      said = true
      this.#log.warn(
        { ...about, abandoned: this.#count },
        'an attempt was given up, but its function still runs',
      )
      if (this.fault !== undefined) this.#onTooMany()
    }, GRACE_MS)
    timer.unref()
    this.#count++
    const end = (): void => {
      clearTimeout(timer)
      this.#count--
      if (!said) return
      const ms = Math.round(performance.now() - since)
      this.#log.info({ ...about, ms }, 'the function of an attempt that was given up has ended at last')
    }
    settled.then(end, end)
  }
}
