/**
 * StreamIsActive: who listens is told at once that there is work. KEDA (2.21, pkg/scaling/scale_handler.go and
 * pkg/scalers/external_scaler.go) takes a `true` as an order to scale from zero, and forgets it where it gets no answer from its
 * own API server, so while the fleet is at zero it is repeated; a `false` it ignores. A stream that ends in order is opened again
 * after 2 s, one that breaks after up to a minute: so they are ended before this process goes.
 */

export interface Listener {
  write(message: { readonly result: boolean }): void
  end(): void
}

const REPEAT_MS = 2_000

export class ActivityStreams {
  readonly #listeners = new Set<Listener>()
  readonly #now: () => number
  #active: boolean | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  get size(): number {
    return this.#listeners.size
  }

  /** Tells a new listener what is known; returns how to forget it. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (this.#active !== undefined) listener.write({ result: this.#active })
    return () => this.#listeners.delete(listener)
  }

  /** What holds now: all are told where it has changed, and while work finds no worker. */
  tell(active: boolean, atZero: boolean): void {
    const again = active && atZero && this.#now() - this.#toldAt >= REPEAT_MS
    if (active === this.#active && !again) return
    this.#active = active
    this.#toldAt = this.#now()
    for (const listener of this.#listeners) listener.write({ result: active })
  }

  /** Nothing is known any more: who comes now is told when it is again. */
  forget(): void {
    this.#active = undefined
  }

  /** Ends all in order. */
  end(): void {
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }
}
