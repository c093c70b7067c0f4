/** Whose database is away at the moment: who ends then could not record what it had done. */
import type { Link } from './installation.ts'

/** Until a worker has found it again, and recorded what has gathered, ms. */
const AFTERWARDS_MS = 3_000

interface Outage {
  /** Undefined: everybody's. */
  readonly links: readonly Link[] | undefined
  /** On the clock of `performance.now()`. */
  until: number
}

export class Outages {
  readonly #outages: Outage[] = []

  /** Does `work`, which takes the database away from these, or from all, and gives it back. */
  async during(links: readonly Link[] | undefined, work: () => Promise<void>): Promise<void> {
    const outage: Outage = { links, until: Number.POSITIVE_INFINITY }
    this.#outages.push(outage)
    try {
      await work()
    } finally {
      outage.until = performance.now() + AFTERWARDS_MS
    }
  }

  isCut(link: Link): boolean {
    const now = performance.now()
    return this.#outages.some(
      ({ links, until }) => until > now && (links === undefined || links.includes(link)),
    )
  }
}
