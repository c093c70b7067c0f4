/**
 * What is seen and finished in one partition, and so what may be committed.
 *
 * Invariant: everything below `committable` is finished. Records are seen in log order and finish in any order; the
 * lowest unfinished offset is where the next owner must begin, so it is what is committed (as Kafka has it, a committed
 * offset is the next one to read). What is finished beyond it is told in the commit's metadata.
 */

/** Offsets from `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly from: number
  readonly to: number
}

export class OffsetTracker {
  /** Seen and unfinished. Offsets are seen in ascending order, so a set's insertion order keeps the lowest first. */
  readonly #unfinished = new Set<number>()
  /** Finished by a former owner, ascending, apart; those below the position are seen. */
  #restored: readonly OffsetRange[]
  #position: number

  /** `start` is the first offset this owner may claim; `finished` what its metadata says is done beyond it. */
  constructor(start: number, finished: readonly OffsetRange[] = []) {
    this.#position = start
    this.#restored = finished
  }

  /** The next offset to see: all before it were seen by this owner. */
  get position(): number {
    return this.#position
  }

  /**
   * Takes note of a record; true where it is to be run. False where it was seen before (the log delivered it again) or was
   * finished by a former owner. Gaps between offsets are normal in Kafka.
   */
  see(offset: number): boolean {
    if (offset < this.#position) return false
    this.skipTo(offset + 1)
    const [next] = this.#restored
    if (next && next.from <= offset) return false
    this.#unfinished.add(offset)
    return true
  }

  /** Nothing to run lies below `position`: transaction markers and aborted records, which are no jobs. */
  skipTo(position: number): void {
    if (position <= this.#position) return
    this.#position = position
    while (this.#restored[0] && this.#restored[0].to < position) this.#restored = this.#restored.slice(1)
  }

  finish(offset: number): void {
    this.#unfinished.delete(offset)
  }

  get unfinished(): number {
    return this.#unfinished.size
  }

  /** How many offsets are finished beyond `committable`. */
  get finishedCount(): number {
    const restored = this.#restored.reduce(
      (sum, { from, to }) => sum + to - Math.max(from, this.#position),
      0,
    )
    return this.#position - this.committable - this.#unfinished.size + restored
  }

  get committable(): number {
    for (const lowest of this.#unfinished) return lowest
    return this.#position
  }

  /** What is finished beyond `committable`: ascending ranges that don't touch. Offsets without a record count as finished. */
  get finishedBeyond(): OffsetRange[] {
    const ranges: OffsetRange[] = []
    let from = this.#position
    let first = true
    for (const offset of this.#unfinished) {
      if (!first && offset > from) ranges.push({ from, to: offset })
      from = offset + 1
      first = false
    }
    if (!first && from < this.#position) ranges.push({ from, to: this.#position })
    for (const range of this.#restored) {
      const rest = { from: Math.max(range.from, this.#position), to: range.to }
      const last = ranges.at(-1)
      if (last?.to === rest.from) ranges[ranges.length - 1] = { from: last.from, to: rest.to }
      else if (rest.from < rest.to) ranges.push(rest)
    }
    return ranges
  }
}
