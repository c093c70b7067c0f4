/** Time zones: when their offset from UTC changes, from the IANA database that Node carries. */

/** A stretch of time with one offset. Times and offsets in milliseconds. Where no change is near it may be a part of it only. */
export interface Period {
  /** Its first instant. */
  readonly start: number
  /** The first instant after it. */
  readonly end: number
  /** Local time minus UTC. */
  readonly offset: number
  /** The offset before `start`. */
  readonly before: number
}

interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

const DAY_MS = 86_400_000

export class Zone {
  readonly #format: Intl.DateTimeFormat
  readonly #changes = new Map<number, readonly Change[]>()
  #last: Period = { start: 0, end: 0, offset: 0, before: 0 }

  /** @throws RangeError for a name that Node does not know */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** The period that an instant is in. */
  periodAt(at: number): Period {
    if (at < this.#last.start || at >= this.#last.end) this.#last = this.#find(at)
    return this.#last
  }

  #find(at: number): Period {
    const year = new Date(at).getUTCFullYear()
    const changes = [year - 1, year, year + 1].flatMap((it) => this.#changesIn(it))
    const last = changes.findLast((it) => it.at <= at)
    const next = changes.find((it) => it.at > at)
    const offset = last?.after ?? this.#offsetAt(at)
    return {
      start: last?.at ?? Date.UTC(year - 1, 0, 1),
      end: next?.at ?? Date.UTC(year + 2, 0, 1),
      offset,
      before: last?.before ?? offset,
    }
  }

  #changesIn(year: number): readonly Change[] {
    const known = this.#changes.get(year)
    if (known) return known
    const changes: Change[] = []
    const end = Date.UTC(year + 1, 0, 1)
    for (let day = Date.UTC(year, 0, 1); day < end; day += DAY_MS) {
      const before = this.#offsetAt(day)
      const after = this.#offsetAt(day + DAY_MS)
      if (before !== after) changes.push({ at: this.#changeIn(day, before), before, after })
    }
    this.#changes.set(year, changes)
    return changes
  }

  /** The instant within the day from `day` at which the offset is `before` no longer, by halving. */
  #changeIn(day: number, before: number): number {
    let still = day
    let over = day + DAY_MS
    while (over - still > 1) {
      const middle = Math.floor((still + over) / 2)
      if (this.#offsetAt(middle) === before) still = middle
      else over = middle
    }
    return over
  }

  #offsetAt(at: number): number {
    // "7/1/2026, GMT+02:00"; GMT alone is none.
    const [, sign, hours, minutes, seconds = '0'] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(this.#format.format(at)) ?? []
    if (sign === undefined) return 0
    const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
    return sign === '-' ? -ms : ms
  }
}

const zones = new Map<string, Zone>()

/** The zone of a name; there are some hundred, and each is made once. @throws RangeError for one that is unknown, or an offset */
export const zoneOf = (name: string): Zone => {
  const lower = name.toLowerCase()
  const known = zones.get(lower)
  if (known) return known
  // Node also takes "+02:00", which is no time zone.
  if (!/^[a-z]/.test(lower)) throw new RangeError(`${name} is no name of a time zone`)
  const zone = new Zone(name)
  zones.set(lower, zone)
  return zone
}
