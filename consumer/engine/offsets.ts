/**
 * What is claimed and finished in one partition, and so what may be committed.
 *
 * Invariant: everything below `committable` is finished. Records are claimed in log order and finish in any order; the
 * lowest unfinished offset is where the next owner must begin, so it is what is committed (as Kafka has it, a committed
 * offset is the next one to read).
 */
export class OffsetTracker {
  /** Claimed and unfinished. Claims ascend, so a set's insertion order keeps the lowest first. */
  readonly #unfinished = new Set<number>()
  #position: number
  readonly #start: number
  #committed: number

  /** `start` is the first offset this owner may claim. */
  constructor(start: number) {
    this.#position = start
    this.#start = start
    this.#committed = start
  }

  /** The next offset to claim: all before it were claimed once by this owner. */
  get position(): number {
    return this.#position
  }

  /** Claims an offset; false where it was claimed before (the log delivered it again). Gaps are normal in Kafka. */
  claim(offset: number): boolean {
    if (offset < this.#position) return false
    this.#unfinished.add(offset)
    this.#position = offset + 1
    return true
  }

  /** Nothing to claim lies below `position`: transaction markers and aborted records, which are no jobs. */
  skipTo(position: number): void {
    this.#position = Math.max(this.#position, position)
  }

  finish(offset: number): void {
    this.#unfinished.delete(offset)
  }

  get unfinished(): number {
    return this.#unfinished.size
  }

  get committable(): number {
    for (const lowest of this.#unfinished) return lowest
    return this.#position
  }

  /** The offset to commit now, or undefined where the group knows it already. */
  get uncommitted(): number | undefined {
    const offset = this.committable
    return offset > this.#committed ? offset : undefined
  }

  /** It is not certain any more what the brokers have stored: the next commit says it again. */
  forgetCommitted(): void {
    this.#committed = this.#start
  }

  /** The brokers have stored this offset. */
  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset)
  }
}
