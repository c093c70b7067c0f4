import type { Logger } from './telemetry/logger.ts'

export interface PollOptions<T> {
  readonly read: () => Promise<T>
  /** What is read, for the log. */
  readonly what: string
  readonly log: Logger
  /** Default 1 s. */
  readonly intervalMs?: number
}

/** Reads something every `intervalMs` and keeps the last answer. A failed reading leaves it, and it ages. */
export class Poll<T> {
  #latest: T | undefined
  #refreshing: Promise<void> | undefined
  #failure: unknown
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  readonly #options: PollOptions<T>

  constructor(options: PollOptions<T>) {
    this.#options = options
  }

  /** Starts reading; resolves after the first attempt, which may have failed (see {@link Poll.latest}). */
  async start(): Promise<void> {
    await this.refresh()
    const next = (): void => {
      if (this.#stopped) return
      this.#timer = setTimeout(() => void this.refresh().finally(next), this.#options.intervalMs ?? 1_000)
      this.#timer.unref()
    }
    next()
  }

  /** Reads now; who asks meanwhile shares it. Never throws: a failure is said once, when it begins. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const { read, what, log } = this.#options
    try {
      this.#latest = await read()
      if (this.#failure !== undefined) log.info(`${what} can be read again`)
      this.#failure = undefined
    } catch (error) {
      if (this.#failure === undefined && !this.#stopped) log.warn({ err: error }, `${what} can’t be read`)
      this.#failure = error
    }
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** Why it can't be read, while it can't. */
  get failure(): unknown {
    return this.#failure
  }

  /** The last answer, or undefined before the first. */
  get latest(): T | undefined {
    return this.#latest
  }
}
