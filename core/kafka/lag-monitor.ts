import type { Logger } from '../telemetry/logger.ts'
import type { Admin } from './client.ts'
import { keepReadings, type LagReading, rates, readLag, totalLag } from './lag.ts'

/** Time over which rates are measured, milliseconds. */
const RATE_WINDOW_MS = 10_000

/** Reads lag every `intervalMs` and keeps what rates need. A failed reading leaves the last one, which ages. */
export class LagMonitor {
  #readings: readonly LagReading[] = []
  #refreshing: Promise<void> | undefined
  #failure: unknown
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  readonly #read: () => Promise<LagReading>
  readonly #log: Logger
  readonly #intervalMs: number

  constructor(admin: Admin, groupId: string, topic: string, log: Logger, intervalMs = 1_000) {
    this.#read = () => readLag(admin, groupId, topic)
    this.#log = log
    this.#intervalMs = intervalMs
  }

  /** Starts reading; resolves after the first attempt, which may have failed (see {@link LagMonitor.latest}). */
  async start(): Promise<void> {
    await this.refresh()
    const next = (): void => {
      if (this.#stopped) return
      this.#timer = setTimeout(() => void this.refresh().finally(next), this.#intervalMs)
      this.#timer.unref()
    }
    next()
  }

  /** Takes a reading now; who asks meanwhile shares it. Never throws: a failure is said once, when it begins. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    try {
      this.#readings = keepReadings(this.#readings, await this.#read(), RATE_WINDOW_MS)
      if (this.#failure !== undefined) this.#log.info('lag can be read again')
      this.#failure = undefined
    } catch (error) {
      if (this.#failure === undefined && !this.#stopped) this.#log.warn({ err: error }, 'lag can’t be read')
      this.#failure = error
    }
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** Why lag can't be read, while it can't. */
  get failure(): unknown {
    return this.#failure
  }

  /** The newest reading, or undefined before the first. */
  get latest(): LagReading | undefined {
    return this.#readings.at(-1)
  }

  /** The readings of the last ten seconds, oldest first. */
  get readings(): readonly LagReading[] {
    return this.#readings
  }

  get lag(): number {
    return this.latest ? totalLag(this.latest) : 0
  }

  get rates(): { arrivalRate: number; drainRate: number } {
    return rates(this.#readings)
  }
}
