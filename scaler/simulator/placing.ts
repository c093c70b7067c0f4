/** Where jobs go: keyed ones evenly, as their keys' hashes do; keyless ones where least waits, as the publisher does. */

export const placings = ['keyless', 'keyed'] as const
export type Placing = (typeof placings)[number]

export class Placement {
  /** What the publisher takes to wait in each partition: the last reading of lag, and what was sent since. */
  readonly #loads: Float64Array
  readonly #placing: Placing

  constructor(partitions: number, placing: Placing) {
    this.#loads = new Float64Array(partitions)
    this.#placing = placing
  }

  /** Lag was read, jobs by partition. */
  observe(lags: Float64Array): void {
    this.#loads.set(lags)
  }

  /** Places jobs: into `placed`, by partition. */
  place(jobs: number, placed: Float64Array): void {
    const partitions = this.#loads.length
    if (this.#placing === 'keyed') {
      placed.fill(jobs / partitions, 0, partitions)
      return
    }
    const level = this.#level(jobs)
    for (let partition = 0; partition < partitions; partition++) {
      const load = this.#loads[partition] ?? 0
      const share = Math.max(0, level - load)
      placed[partition] = share
      this.#loads[partition] = load + share
    }
  }

  /** The level up to which jobs fill the partitions where least waits. */
  #level(jobs: number): number {
    const loads = this.#loads
    let level = Number.POSITIVE_INFINITY
    // Those above the level get none; without them it is lower. Each round leaves some out, or is the last.
    for (;;) {
      let sum = jobs
      let below = 0
      for (let partition = 0; partition < loads.length; partition++) {
        const load = loads[partition] ?? 0
        if (load < level) {
          sum += load
          below++
        }
      }
      const next = sum / Math.max(1, below)
      if (below === 0 || next >= level - 1e-9 * Math.max(1, level)) return below === 0 ? level : next
      level = next
    }
  }
}
