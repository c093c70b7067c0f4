/** Columns that grow: a million rows are a few arrays, not a million objects. */

const FIRST_CAPACITY = 1024

/** Numbers, 8 bytes each. */
export class NumberColumn {
  #cells = new Float64Array(FIRST_CAPACITY)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#cells.length) {
      const larger = new Float64Array(2 * this.#length)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells[this.#length++] = value
  }

  /** The numbers so far, without a copy. */
  values(): Float64Array {
    return this.#cells.subarray(0, this.#length)
  }
}

/** Texts as UTF-8 behind each other: as many bytes as they have, and 8. */
export class TextColumn {
  #bytes = Buffer.allocUnsafe(16 * FIRST_CAPACITY)
  #used = 0
  readonly #ends = new NumberColumn()

  get length(): number {
    return this.#ends.length
  }

  push(text: string): void {
    // No UTF-16 unit takes more than three bytes of UTF-8.
    const most = this.#used + 3 * text.length
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * most)
      this.#bytes.copy(larger, 0, 0, this.#used)
      this.#bytes = larger
    }
    this.#used += this.#bytes.write(text, this.#used)
    this.#ends.push(this.#used)
  }

  /** The text of a row; '' beyond the last. */
  at(row: number): string {
    const ends = this.#ends.values()
    return this.#bytes.toString('utf8', row === 0 ? 0 : ends[row - 1], ends[row] ?? 0)
  }
}
