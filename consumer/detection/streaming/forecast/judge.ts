import { savedFields } from '../saved.ts'
import { Tail } from './tail.ts'

/**
 * How improbable a deviation is, judged by those before it, upwards and downwards apart: what bursts upwards now and then
 * may still never fall.
 */
export class Judge {
  readonly #up: Tail
  readonly #down: Tail

  constructor(memory: number, cluster: number, state?: unknown) {
    const saved = state === undefined ? undefined : savedFields(state, 'judge')
    this.#up = new Tail(memory, cluster, saved && (saved['up'] ?? null))
    this.#down = new Tail(memory, cluster, saved && (saved['down'] ?? null))
  }

  /** The estimated probability of a deviation so far to either side; it is learned after. Any unit will do. */
  observe(deviation: number): number {
    const up = this.#up.observe(Math.max(0, deviation))
    const down = this.#down.observe(Math.max(0, -deviation))
    // Two sides have twice the chance (Bonferroni).
    return Math.min(1, 2 * Math.min(up, down))
  }

  /** The deviations of this probability, downwards and upwards. */
  reach(probability: number): { readonly down: number; readonly up: number } {
    return { down: this.#down.beyond(probability / 2), up: this.#up.beyond(probability / 2) }
  }

  save(): unknown {
    return { up: this.#up.save(), down: this.#down.save() }
  }
}
