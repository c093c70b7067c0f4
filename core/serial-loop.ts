/**
 * Work that is done in rounds, one round at a time: a poke starts a round, and a poke during a round makes another follow.
 *
 * Invariant: after the last poke a whole round runs. The loop looks for pokes and ends in one step, without awaiting
 * in between, so that no poke falls into the gap.
 */
export class SerialLoop {
  readonly #round: () => Promise<void>
  #running: Promise<void> | undefined
  #poked = false

  /** `round` takes up all there is to do; it never throws. */
  constructor(round: () => Promise<void>) {
    this.#round = round
  }

  poke(): void {
    this.#poked = true
    this.#running ??= this.#run()
  }

  /** Resolves when no round runs and none is due. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#poked) {
      this.#poked = false
      await this.#round()
    }
    this.#running = undefined
  }
}
