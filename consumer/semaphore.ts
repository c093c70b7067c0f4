import { toError } from '../core/errors.ts'

/** A fixed number of slots; who finds none waits in line, and may leave the line. */
export class Semaphore {
  #free: number
  readonly #line = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Waits for a slot; rejects with the signal's reason once that is aborted. Each slot taken is to be given back, once. */
  async take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw toError(signal.reason)
    if (this.#free > 0) {
      this.#free--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = (): void => {
      this.#line.delete(resolve)
      reject(toError(signal.reason))
    }
    this.#line.add(resolve)
    signal.addEventListener('abort', leave, { once: true })
    await promise.finally(() => signal.removeEventListener('abort', leave))
  }

  /** Gives a slot to the first in line. */
  give(): void {
    const [first] = this.#line
    if (first === undefined) {
      this.#free++
      return
    }
    this.#line.delete(first)
    first()
  }
}
