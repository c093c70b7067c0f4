/** What goes wrong in a signal: each kind changes some rows within a slot, and says which. */
import type { Chance } from './chance.ts'
import type { AnomalyKind, Base } from './series.ts'

interface Rows {
  readonly start: number
  readonly end: number
}

export interface Slot extends Rows {
  /** From 1, faint, to 4, clear. */
  readonly severity: number
}

/** Changes `values` within the slot; undefined where there is no room. What it changed is what it says. */
type Inject = (values: Float64Array, base: Base, slot: Slot, chance: Chance) => Rows | undefined

/** A shape that differs from the usual one by less than this many standard deviations of the noise can't be seen. */
const LEAST_DIFFERENCE = 3

/** That many rows somewhere in the slot. */
const placed = (slot: Slot, length: number, chance: Chance): Rows => {
  const rows = Math.min(length, slot.end - slot.start + 1)
  const start = chance.integer(slot.start, slot.end - rows + 1)
  return { start, end: start + rows - 1 }
}

/** One or two whole cycles of the slot. */
const placedCycles = ({ cycles }: Base, slot: Slot, chance: Chance): Rows | undefined => {
  const within = cycles.flatMap((start, at) => {
    const next = cycles[at + 1]
    return next === undefined || start < slot.start || next - 1 > slot.end ? [] : [{ start, next }]
  })
  const [first, ...more] = within
  if (first === undefined) return undefined
  const { start, next } = chance.pick([first, ...more])
  const after = cycles[cycles.indexOf(start) + 2]
  const two = after !== undefined && after - 1 <= slot.end && chance.happens(0.3)
  return { start, end: (two ? after : next) - 1 }
}

const periodOf = ({ cycles, values }: Base): number =>
  cycles.length < 3 ? 0 : Math.round(values.length / cycles.length)

const quantile = (values: Float64Array, share: number): number =>
  values.toSorted()[Math.floor(share * (values.length - 1))] ?? 0

/** Root of the mean squared distance. */
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0) / a.length)

const add = (values: Float64Array, { start, end }: Rows, what: (share: number) => number): void => {
  for (let row = start; row <= end; row++) {
    values[row] = (values[row] ?? 0) + what((row - start + 1) / (end - start + 1))
  }
}

const spike: Inject = (values, { noise }, slot, chance) => {
  const rows = placed(slot, chance.pick([1, 1, 2, 3]), chance)
  const size = chance.sign() * 5 * noise * slot.severity
  add(values, rows, () => size)
  return rows
}

const context: Inject = (values, base, slot, chance) => {
  const half = Math.round(periodOf(base) / 2)
  if (half < 4) return undefined
  const length = chance.integer(1, Math.max(1, Math.round(half / 6)))
  const from = (row: number): number => (row + half < values.length ? row + half : row - half)
  for (let tries = 0; tries < 50; tries++) {
    const rows = placed(slot, length, chance)
    const usual = values.slice(rows.start, rows.end + 1)
    const other = usual.map((_, at) => values[from(rows.start + at)] ?? 0)
    if (distance(usual, other) < (3 + slot.severity) * base.noise) continue
    values.set(other, rows.start)
    return rows
  }
  return undefined
}

const level: Inject = (values, { spread }, slot, chance) => {
  const rows = placed(slot, chance.integer(20, Math.min(300, Math.max(40, values.length / 20))), chance)
  const size = chance.sign() * spread * (1 + slot.severity)
  add(values, rows, () => size)
  return rows
}

/** Everything after it is of the new level; what is anomalous is that it came: a cycle, or 50 rows. */
const shift: Inject = (values, base, slot, chance) => {
  const rows = placed(slot, Math.min(200, Math.max(50, periodOf(base))), chance)
  const size = chance.sign() * base.spread * (1 + slot.severity)
  add(values, { start: rows.start, end: values.length - 1 }, () => size)
  return rows
}

const variance: Inject = (values, { noise }, slot, chance) => {
  const rows = placed(slot, chance.integer(30, 200), chance)
  add(values, rows, () => chance.normal(1.5 * slot.severity * noise))
  return rows
}

const drift: Inject = (values, { spread }, slot, chance) => {
  const rows = placed(slot, chance.integer(100, Math.min(600, Math.max(120, values.length / 8))), chance)
  const size = chance.sign() * spread * (2 + 2 * slot.severity)
  add(values, rows, (share) => size * share)
  return rows
}

/** The signal stands still, noise and all. */
const stuck: Inject = (values, _base, slot, chance) => {
  const rows = placed(slot, chance.integer(20, 150), chance)
  values.fill(values[rows.start] ?? 0, rows.start, rows.end + 1)
  return { ...rows, start: rows.start + 1 }
}

const distortions: readonly [
  (usual: Float64Array) => Float64Array,
  ...((usual: Float64Array) => Float64Array)[],
] = [
  (usual) => usual.toReversed(),
  (usual) => usual.map((_, at) => usual[Math.floor(at / 2)] ?? 0),
  (usual) => usual.map((_, at) => usual[(at * 2) % usual.length] ?? 0),
  (usual) => {
    const mean = usual.reduce((sum, value) => sum + value, 0) / usual.length
    return usual.map((value) => 2 * mean - value)
  },
  (usual) => usual.map((value) => Math.min(value, quantile(usual, 0.6))),
]

/** Reversed, stretched, too fast, upside down, or its top cut off; more or less of it. */
const shape: Inject = (values, base, slot, chance) => {
  const rows = placedCycles(base, slot, chance)
  if (rows === undefined || chance.happens(0.15)) return stuck(values, base, slot, chance)
  const usual = values.slice(rows.start, rows.end + 1)
  const weight = Math.min(1, 0.3 + 0.3 * slot.severity)
  for (let tries = 0; tries < 10; tries++) {
    const other = chance
      .pick(distortions)(usual)
      .map((value, at) => weight * value + (1 - weight) * (usual[at] ?? 0))
    if (distance(usual, other) < LEAST_DIFFERENCE * base.noise) continue
    values.set(other, rows.start)
    return rows
  }
  return stuck(values, base, slot, chance)
}

/** The signal rests where it is lowest in a usual cycle. */
const missing: Inject = (values, base, slot, chance) => {
  const rows = placedCycles(base, slot, chance)
  if (rows === undefined) return undefined
  const rest = quantile(values.slice(rows.start, rows.end + 1), 0.1)
  for (let row = rows.start; row <= rows.end; row++) values[row] = rest + chance.normal(base.noise / 2)
  return rows
}

export const injections = {
  spike,
  context,
  level,
  shift,
  variance,
  shape,
  missing,
  drift,
} as const satisfies Readonly<Record<Exclude<AnomalyKind, 'relation'>, Inject>>
export type ColumnAnomaly = keyof typeof injections

/** Those that can be seen in such a signal. A random walk goes away slowly anyhow. */
export const kindsFor = (base: Base, name: string): [ColumnAnomaly, ...ColumnAnomaly[]] => {
  if (name === 'walk') return ['spike', 'level', 'variance', 'shape']
  const any = ['spike', 'level', 'shift', 'variance', 'shape', 'drift'] as const
  return base.cycles.length < 3 ? [...any] : [...any, 'context', 'missing']
}
