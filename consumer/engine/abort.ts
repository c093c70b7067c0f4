/**
 * What tells a job's attempt that it is to end. As an AbortController, but nearly free for the many that nobody aborts: the signal is made
 * for who asks for it.
 */
export class Abort {
  /** Is told first. One at a time: the attempt that runs. */
  onAbort: ((reason: Error) => void) | undefined
  #reason: Error | undefined
  #controller: AbortController | undefined

  /** Why, once it is aborted. */
  get reason(): Error | undefined {
    return this.#reason
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The first reason stays. */
  abort(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.onAbort?.(reason)
    this.#controller?.abort(reason)
  }
}
