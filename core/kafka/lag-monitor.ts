import { Poll } from '../poll.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Admin } from './client.ts'
import { keepReadings, type LagReading, rates, readLag, totalLag } from './lag.ts'

/** Time over which rates are measured, milliseconds. */
const RATE_WINDOW_MS = 10_000

/** Reads the lag of a group's topics every `intervalMs`, and keeps what rates need. */
export class LagMonitor {
  #readings: readonly LagReading[] = []
  #lag = 0
  readonly #poll: Poll<LagReading>

  constructor(admin: Admin, groupId: string, topics: readonly string[], log: Logger, intervalMs = 1_000) {
    const read = async (): Promise<LagReading> => {
      const reading = await readLag(admin, groupId, topics)
      this.#readings = keepReadings(this.#readings, reading, RATE_WINDOW_MS)
      this.#lag = totalLag(reading)
      return reading
    }
    this.#poll = new Poll({ read, what: 'lag', log, intervalMs })
  }

  /** Starts reading; resolves after the first attempt, which may have failed. */
  start(): Promise<void> {
    return this.#poll.start()
  }

  /** Takes a reading now; who asks meanwhile shares it. Never throws. */
  refresh(): Promise<void> {
    return this.#poll.refresh()
  }

  stop(): void {
    this.#poll.stop()
  }

  /** Why lag can't be read, while it can't. */
  get failure(): unknown {
    return this.#poll.failure
  }

  /** The newest reading, or undefined before the first. */
  get latest(): LagReading | undefined {
    return this.#poll.latest
  }

  /** The readings of the last ten seconds, oldest first. */
  get readings(): readonly LagReading[] {
    return this.#readings
  }

  get lag(): number {
    return this.#lag
  }

  get rates(): { arrivalRate: number; drainRate: number } {
    return rates(this.#readings)
  }
}
