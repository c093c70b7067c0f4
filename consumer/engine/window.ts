/** Bounds of what is claimed and unfinished: jobs, bytes, and the share of one key. */
export interface WindowLimits {
  readonly jobs: number
  readonly bytes: number
}

export interface WindowItem {
  readonly key: string | undefined
  readonly bytes: number
}

/** `full`: there is no room for it. `key full`: only its key has its share. */
export type Fit = 'fits' | 'full' | 'key full'

/** A key may hold this share of the window, so that a hot key leaves room for the rest. */
const KEY_SHARE = 1 / 4

export class Window {
  readonly #limits: WindowLimits
  readonly #keyLimit: number
  readonly #byKey = new Map<string, number>()
  #jobs = 0
  #bytes = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
    this.#keyLimit = Math.max(1, Math.floor(limits.jobs * KEY_SHARE))
  }

  get jobs(): number {
    return this.#jobs
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Jobs that may still be claimed, were they small. */
  get room(): number {
    return this.#bytes >= this.#limits.bytes ? 0 : this.#limits.jobs - this.#jobs
  }

  /** Whether this one may be claimed. One job always may when nothing is, however large: else it never would. */
  fits({ key, bytes }: WindowItem): Fit {
    if (this.#jobs === 0) return 'fits'
    if (this.#jobs >= this.#limits.jobs || this.#bytes + bytes > this.#limits.bytes) return 'full'
    return key === undefined || (this.#byKey.get(key) ?? 0) < this.#keyLimit ? 'fits' : 'key full'
  }

  enter({ key, bytes }: WindowItem): void {
    this.#jobs++
    this.#bytes += bytes
    if (key !== undefined) this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1)
  }

  leave({ key, bytes }: WindowItem): void {
    this.#jobs--
    this.#bytes -= bytes
    if (key === undefined) return
    const left = (this.#byKey.get(key) ?? 1) - 1
    if (left > 0) this.#byKey.set(key, left)
    else this.#byKey.delete(key)
  }
}
