/**
 * A keyed job that is due joins its key's order at the end: behind all that was accepted before. So where a partition has such
 * jobs we ask where its log ends (the barrier), and they may join once all below it is claimed.
 */
interface Barrier {
  /** When it was asked for: jobs that were due by then may join behind it. */
  readonly at: number
  readonly end: number
  /** Whether it was told that it is passed. */
  told: boolean
}

export class Barriers {
  readonly #barriers = new Map<number, Barrier>()

  set(at: number, ends: ReadonlyMap<number, number>): void {
    for (const [partition, end] of ends) this.#barriers.set(partition, { at, end, told: false })
  }

  /** Where the log ended: what lies from there on was accepted later. */
  endOf(partition: number): number {
    return this.#barriers.get(partition)?.end ?? Number.POSITIVE_INFINITY
  }

  drop(partition: number): void {
    this.#barriers.delete(partition)
  }

  /** For each partition how long ago the barrier was asked for that it has passed, ms. */
  passed(positions: ReadonlyMap<number, number>, now: number): Map<number, number | undefined> {
    return new Map(
      [...positions].map(([partition, position]) => {
        const barrier = this.#barriers.get(partition)
        return [partition, barrier && position >= barrier.end ? now - barrier.at : undefined]
      }),
    )
  }

  /** Whether a barrier was passed since the last time: those that wait for it may join. */
  anyPassed(positions: ReadonlyMap<number, number>): boolean {
    let passed = false
    for (const [partition, barrier] of this.#barriers) {
      if (barrier.told || (positions.get(partition) ?? -1) < barrier.end) continue
      barrier.told = true
      passed = true
    }
    return passed
  }

  /** Whether a new barrier may take the place of the old: those that wait for that one go first. */
  mayAsk(partition: number, positions: ReadonlyMap<number, number>): boolean {
    const barrier = this.#barriers.get(partition)
    return !barrier || (positions.get(partition) ?? -1) >= barrier.end
  }
}
