/** Series of several columns that follow one signal, with an anomaly in a column, or in how it goes with the others. */
import { prepare } from '../../../consumer/detection/prepare.ts'
import { type ColumnAnomaly, injections, kindsFor, type Slot } from './anomalies.ts'
import { type BaseName, bases } from './bases.ts'
import { type Chance, chanceFrom } from './chance.ts'
import { roomFor, slotsOf } from './generate.ts'
import type { Base, Label, LabelledSeries } from './series.ts'

/** Signals that several things may follow. */
export const sharedBases = [
  'seasonal',
  'harmonics',
  'trend',
  'autoregressive',
  'levels',
  'machine',
] as const satisfies readonly BaseName[]

export interface ManyWish {
  readonly base?: (typeof sharedBases)[number]
  readonly rows?: number
  /** From 2 to 5. */
  readonly columns?: number
  /** Of all anomalies; `mixed`: each of its own. */
  readonly kind?: ColumnAnomaly | 'relation' | 'mixed'
  readonly anomalies?: number
}

/** How a column follows the signal, which has mean 0 and deviation 1 in it. */
interface Follower {
  readonly base: Base
  readonly gain: number
  /** Deviation of what is the column's own. */
  readonly own: number
}

const standardized = (values: Float64Array): { values: Float64Array; deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return { values: values.map((value) => (value - mean) / deviation), deviation }
}

const follower = (signal: Base, chance: Chance): Follower => {
  const { values, deviation } = standardized(signal.values)
  const gain = chance.sign() * chance.logUniform(0.5, 2)
  const own = Math.abs(gain) * chance.uniform(0.05, 0.2)
  const noise = Math.hypot(own, (gain * signal.noise) / deviation)
  return {
    base: {
      ...signal,
      values: values.map((value) => gain * value + chance.normal(own)),
      noise,
      spread: Math.max(1.5 * noise, (Math.abs(gain) * signal.spread) / deviation),
    },
    gain,
    own,
  }
}

/** For a while, the column follows what the signal was or will be at another time. */
const relation = (
  values: Float64Array,
  signal: Float64Array,
  { gain, own }: Follower,
  slot: Slot,
  chance: Chance,
): Label | undefined => {
  const length = Math.min(chance.integer(60, 300), slot.end - slot.start + 1)
  for (let tries = 0; tries < 50; tries++) {
    const start = chance.integer(slot.start, slot.end - length + 1)
    const from = chance.integer(0, values.length - length)
    const changes = Float64Array.from(
      { length },
      (_, at) => gain * ((signal[from + at] ?? 0) - (signal[start + at] ?? 0)),
    )
    const away = Math.sqrt(changes.reduce((sum, change) => sum + change ** 2, 0) / length)
    if (away < (2 + slot.severity) * own) continue
    for (const [at, change] of changes.entries()) values[start + at] = (values[start + at] ?? 0) + change
    return { start, end: start + length - 1, kind: 'relation' }
  }
  return undefined
}

/** A series of several columns. What is not wished for follows from the seed, too. */
export const generateMany = (seed: number, wish: ManyWish = {}): LabelledSeries => {
  const signals = chanceFrom(4 * seed)
  const events = chanceFrom(4 * seed + 1)
  const name = wish.base ?? signals.pick(sharedBases)
  const rows = wish.rows ?? Math.round(signals.logUniform(1000, 10_000))
  const count = wish.columns ?? signals.integer(2, 5)
  const signal = bases[name](rows, signals)
  const shared = standardized(signal.values).values
  const columns = Array.from({ length: count }, () => {
    const one = follower(signal, signals)
    return { ...one, values: one.base.values.slice() }
  })
  const kinds = [...kindsFor(signal, name).filter((kind) => kind !== 'shift'), 'relation'] as const
  const anomalies = wish.anomalies ?? events.integer(1, roomFor(rows))
  const labels = slotsOf(rows, anomalies, events).flatMap((slot): Label[] => {
    const kind =
      wish.kind === undefined || wish.kind === 'mixed'
        ? kinds[events.integer(0, kinds.length - 1)]
        : wish.kind
    const column = columns[events.integer(0, count - 1)]
    if (kind === undefined || column === undefined) return []
    if (kind === 'relation') return [relation(column.values, shared, column, slot, events) ?? []].flat()
    const changed = injections[kind](column.values, column.base, slot, events)
    return changed === undefined ? [] : [{ ...changed, kind }]
  })
  const { input } = prepare({
    columns: columns.map(({ values }, at) => ({ name: `c${at + 1}`, values })),
    ...(signal.timesMs && { timesMs: signal.timesMs }),
  })
  return { name: `${name}-of-${count}-${seed}`, input, labels }
}
