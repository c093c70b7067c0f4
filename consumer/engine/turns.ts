/**
 * Whose turn it is among several with different weights: as smooth weighted round robin of nginx has it (Igor Sysoev, 2012).
 * Each round every one that has something gets its weight, the richest has the turn and pays for all. With weights 4, 16 and 1
 * 21 turns are 4, 16 and 1 of each, spread evenly, and one that has nothing saves nothing up.
 */
export class WeightedTurns {
  readonly #weights: readonly number[]
  readonly #credit: number[]

  constructor(weights: readonly number[]) {
    this.#weights = weights
    this.#credit = weights.map(() => 0)
  }

  /** The index whose turn it is among those that have something; undefined where none has. */
  next(has: (index: number) => boolean): number | undefined {
    let chosen: number | undefined
    let total = 0
    for (let index = 0; index < this.#weights.length; index++) {
      const weight = this.#weights[index] ?? 0
      if (!has(index)) {
        this.#credit[index] = 0
        continue
      }
      total += weight
      this.#credit[index] = (this.#credit[index] ?? 0) + weight
      if (chosen === undefined || (this.#credit[index] ?? 0) > (this.#credit[chosen] ?? 0)) chosen = index
    }
    if (chosen !== undefined) this.#credit[chosen] = (this.#credit[chosen] ?? 0) - total
    return chosen
  }
}
