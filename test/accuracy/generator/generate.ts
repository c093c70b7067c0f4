/** Series with anomalies whose rows are known: a pure function of a seed. */
import { prepare } from '../../../consumer/detection/prepare.ts'
import { type ColumnAnomaly, injections, kindsFor, type Slot } from './anomalies.ts'
import { type BaseName, baseNames, bases } from './bases.ts'
import { type Chance, chanceFrom } from './chance.ts'
import type { Base, Label, LabelledSeries } from './series.ts'

export interface Wish {
  readonly base?: BaseName
  readonly rows?: number
  /** Of all anomalies of the series; `mixed`: each of its own kind, whichever the signal can show. */
  readonly kind?: ColumnAnomaly | 'mixed'
  /** How many anomalies; where fewer find room, fewer. */
  readonly anomalies?: number
}

/** Usual rows at the beginning, so that there is something to know what is usual from. */
const USUAL_SHARE = 0.2
/** An anomaly has this many rows for itself and what is usual around it. */
const ROOM = 900
const MOST_ANOMALIES = 5

/** Equal parts of the rows after the usual beginning, with some rows left free between them. */
export const slotsOf = (rows: number, count: number, chance: Chance): Slot[] => {
  const first = Math.ceil(USUAL_SHARE * rows)
  const length = Math.floor((rows - first) / Math.max(1, count))
  const margin = Math.floor(length / 12)
  return Array.from({ length: count }, (_, at) => ({
    start: first + at * length + margin,
    end: first + (at + 1) * length - margin - 1,
    severity: chance.logUniform(1, 4),
  }))
}

/** As a sensor tells it: finished, and NaN where a value is missing: alone, or about ten in a row. Labelled rows are never missing. */
const tell = (
  values: Float64Array,
  { finish, missing }: Base,
  labels: readonly Label[],
  chance: Chance,
): Float64Array => {
  const told = values.map(finish)
  for (let row = 1; missing > 0 && row < told.length - 1; row++) {
    if (!chance.happens(missing / 3)) continue
    const length = chance.happens(0.7) ? 1 : 1 + Math.floor(chance.exponential(9))
    told.fill(Number.NaN, row, Math.min(row + length, told.length - 1))
  }
  for (const { start, end } of labels) {
    for (let row = start; row <= end; row++) told[row] = finish(values[row] ?? 0)
  }
  return told
}

/** Anomalies of one column, put into the values. */
export const inject = (
  values: Float64Array,
  base: Base,
  slots: readonly Slot[],
  kindOf: (slot: number) => ColumnAnomaly,
  chance: Chance,
): Label[] =>
  slots.flatMap((slot, at) => {
    // Before another anomaly, what was to be for good is for a while.
    const wanted = kindOf(at)
    const kind = wanted === 'shift' && at < slots.length - 1 ? 'level' : wanted
    const rows = injections[kind](values, base, slot, chance)
    if (rows !== undefined) return [{ ...rows, kind }]
    // Where a slot has no room for what was wished for, there is room for a spike.
    const spike = injections.spike(values, base, slot, chance)
    return spike === undefined ? [] : [{ ...spike, kind: 'spike' as const }]
  })

/** How many anomalies so many rows have room for. */
export const roomFor = (rows: number): number =>
  Math.min(MOST_ANOMALIES, Math.max(1, Math.floor(rows / ROOM)))

/** A series of one column. What is not wished for follows from the seed, too. */
export const generate = (seed: number, wish: Wish = {}): LabelledSeries => {
  // Each has its own chance: with the same seed, a series without anomalies is that with them as it was before.
  const signal = chanceFrom(4 * seed)
  const events = chanceFrom(4 * seed + 1)
  const holes = chanceFrom(4 * seed + 2)
  const name = wish.base ?? signal.pick(baseNames)
  const rows = wish.rows ?? Math.round(signal.logUniform(1000, 10_000))
  const base = bases[name](rows, signal)
  const kinds = kindsFor(base, name)
  const kind = wish.kind ?? events.pick([...kinds, 'mixed' as const])
  // After a shift, which is for good, nothing else is to come.
  const count =
    wish.anomalies ?? Math.min(events.integer(1, roomFor(rows)), kind === 'shift' ? 1 : MOST_ANOMALIES)
  const values = base.values.slice()
  const slots = slotsOf(rows, count, events)
  const labels = inject(values, base, slots, () => (kind === 'mixed' ? events.pick(kinds) : kind), events)
  const column = { name: 'value', values: tell(values, base, labels, holes) }
  const { input } = prepare({ columns: [column], ...(base.timesMs && { timesMs: base.timesMs }) })
  return { name: `${name}-${seed}`, input, labels }
}
