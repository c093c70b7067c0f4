import { toError } from '../errors.ts'
import type { Database } from './database.ts'

const INTERVAL_MS = 2_000

/** Asks the database once in a while whether it is there, so that readiness can be answered at once. */
export class DatabaseProbe {
  #failure: string | undefined
  readonly #timer: NodeJS.Timeout
  #asking = false

  constructor(db: Database) {
    const ask = async (): Promise<void> => {
      if (this.#asking) return
      this.#asking = true
      try {
        await db.pool.query('select 1')
        this.#failure = undefined
      } catch (error) {
        this.#failure = toError(error).message
      } finally {
        this.#asking = false
      }
    }
    void ask()
    this.#timer = setInterval(() => void ask(), INTERVAL_MS)
    this.#timer.unref()
  }

  /** What is wrong, or undefined. */
  get failure(): string | undefined {
    return this.#failure
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
