/** Answers that come in any order and leave in the order of their questions, those that are there together in one write. */

interface Slot {
  readonly bytes: number
  text: string | undefined
}

export interface InOrderOptions {
  /** Questions without an answer at once, and their bytes. */
  readonly most: number
  readonly mostBytes: number
  /** Takes answers. Awaited before more are given to it, if it says that it has enough. */
  write(text: string): Promise<void> | undefined
}

export class InOrder {
  readonly #options: InOrderOptions
  #slots: Slot[] = []
  /** Slots before this one have left. */
  #first = 0
  #bytes = 0
  #writing = false
  #wake: (() => void) | undefined

  constructor(options: InOrderOptions) {
    this.#options = options
  }

  /** Keeps a place for the answer to a question of so many bytes. Gives what to call with it, once. */
  ask(bytes: number): (text: string) => void {
    const slot: Slot = { bytes, text: undefined }
    this.#slots.push(slot)
    this.#bytes += bytes
    return (text) => {
      slot.text = text
      if (slot === this.#slots[this.#first]) this.#write()
    }
  }

  /** Resolves when another question may be asked; undefined: it may now. */
  room(): Promise<void> | undefined {
    return this.#isFull ? this.#until(() => !this.#isFull) : undefined
  }

  /** Resolves when every answer has left. */
  async end(): Promise<void> {
    await this.#until(() => this.#waiting === 0 && !this.#writing)
  }

  get #waiting(): number {
    return this.#slots.length - this.#first
  }

  get #isFull(): boolean {
    return this.#waiting >= this.#options.most || this.#bytes > this.#options.mostBytes
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Answers of one produce request come one after the other in one turn of the loop: they leave after it. */
  #write(): void {
    if (this.#writing) return
    this.#writing = true
    setImmediate(async () => {
      for (let text = this.#take(); text !== ''; text = this.#take()) await this.#options.write(text)
      this.#writing = false
      this.#wake?.()
    })
  }

  /** The answers from the first on that are there. */
  #take(): string {
    let text = ''
    let at = this.#first
    for (let slot = this.#slots[at]; slot?.text !== undefined; slot = this.#slots[++at]) {
      text += slot.text
      this.#bytes -= slot.bytes
    }
    this.#first = at
    if (at === this.#slots.length || at > this.#options.most) {
      this.#slots = this.#slots.slice(at)
      this.#first = 0
    }
    return text
  }
}
