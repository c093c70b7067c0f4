/** How many attempts of each job type start, end and fail: over the last seconds, as events tell. */
import type { JobsEvent } from '../../core/events/event.ts'

/** Whole seconds over which rates are measured. */
const WINDOW_S = 10

export interface Rates {
  /** Attempts that started, a second. */
  readonly startRate: number
  /** Attempts that ended, however, a second. */
  readonly endRate: number
  /** Those of them that failed, for good or not, a second. */
  readonly failRate: number
}

interface Counts {
  started: number
  ended: number
  failed: number
}

/** What happened within one second. */
interface Second {
  /** Seconds since the epoch. */
  readonly at: number
  readonly byType: Map<string, Counts>
}

const failures: ReadonlySet<string> = new Set(['failed', 'dead'])

/** A ring of seconds: a type is remembered for as long as one of them counts something of it. */
export class Activity {
  readonly #ring: (Second | undefined)[] = []
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Counts by when things happened: what is read again from long ago counts nothing. */
  apply({ started, ended }: JobsEvent): void {
    for (const { type, at } of started) this.#count(type, at, 'started')
    for (const { type, at, status } of ended) {
      this.#count(type, at, 'ended')
      if (failures.has(status)) this.#count(type, at, 'failed')
    }
  }

  /** Of the last ten whole seconds. */
  rates(type: string): Rates {
    const now = this.#second(this.#now())
    const sum = { started: 0, ended: 0, failed: 0 }
    for (const second of this.#ring) {
      const counts = second && second.at < now && second.at >= now - WINDOW_S && second.byType.get(type)
      if (!counts) continue
      sum.started += counts.started
      sum.ended += counts.ended
      sum.failed += counts.failed
    }
    return {
      startRate: sum.started / WINDOW_S,
      endRate: sum.ended / WINDOW_S,
      failRate: sum.failed / WINDOW_S,
    }
  }

  #second(ms: number): number {
    return Math.floor(ms / 1000)
  }

  #count(type: string, ms: number, what: keyof Counts): void {
    const now = this.#second(this.#now())
    // Clocks differ: what is of a second to come happened now.
    const at = Math.min(this.#second(ms), now)
    if (at < now - WINDOW_S) return
    // One place more than the window: the second that is not over yet.
    const place = at % (WINDOW_S + 1)
    let second = this.#ring[place]
    if (second?.at !== at) {
      second = { at, byType: new Map() }
      this.#ring[place] = second
    }
    const counts = second.byType.get(type) ?? { started: 0, ended: 0, failed: 0 }
    counts[what]++
    second.byType.set(type, counts)
  }
}
