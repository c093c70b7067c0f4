import { setTimeout as delay } from 'node:timers/promises'
import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

/** Results written in one group at most. */
const MAX_GROUP = 500
/** Finished but unrecorded results at which no more jobs start. */
export const MAX_UNRECORDED = 1_000
const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 2_000

/**
 * Group commit: results that arrive while a group is being written make up the next one. One group is in flight; a
 * group that can't be written is tried again, for ever, since its offsets are not committed until it is: meanwhile
 * results gather up to {@link MAX_UNRECORDED}, and then the engine starts nothing.
 */
export class Recorder<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>
  readonly #onRecorded: (items: readonly Item[]) => void
  readonly #log: Logger
  #waiting: Item[] = []
  #inFlight = 0
  readonly #writing = new SerialLoop(() => this.#drain())
  #failure: unknown
  readonly #gaveUp = new AbortController()

  constructor(
    write: (items: readonly Item[]) => Promise<void>,
    onRecorded: (items: readonly Item[]) => void,
    log: Logger,
  ) {
    this.#write = write
    this.#onRecorded = onRecorded
    this.#log = log
  }

  add(item: Item): void {
    this.#waiting.push(item)
    this.#writing.poke()
  }

  get unrecorded(): number {
    return this.#waiting.length + this.#inFlight
  }

  /** Why the last write failed, while it is being tried again. */
  get failure(): unknown {
    return this.#failure
  }

  /** Resolves when everything is recorded, or after `limitMs`: then what is left is given up (and not committed). */
  async flush(limitMs: number): Promise<void> {
    const { promise: limit, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#gaveUp.abort()
      resolve()
    }, limitMs)
    await Promise.race([this.#writing.idle(), limit])
    clearTimeout(timer)
  }

  async #drain(): Promise<void> {
    // A turn of the loop lets the jobs that end together be written together.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0 && !this.#gaveUp.signal.aborted) {
      const group = this.#waiting.splice(0, MAX_GROUP)
      this.#inFlight = group.length
      if (!(await this.#writeUntilDone(group))) return
      this.#inFlight = 0
      this.#onRecorded(group)
    }
  }

  async #writeUntilDone(group: readonly Item[]): Promise<boolean> {
    for (let wait = RETRY_MIN_MS; ; wait = Math.min(RETRY_MAX_MS, wait * 2)) {
      try {
        await this.#write(group)
        if (this.#failure !== undefined)
          this.#log.info({ results: group.length }, 'results can be recorded again')
        this.#failure = undefined
        return true
      } catch (error) {
        if (this.#failure === undefined)
          this.#log.error({ err: error }, 'results can’t be recorded; trying again')
        this.#failure = error
        await delay(wait, undefined, { signal: this.#gaveUp.signal }).catch(() => {})
        if (this.#gaveUp.signal.aborted) return false
      }
    }
  }
}
