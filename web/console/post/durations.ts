/** Durations as they are filled in: an amount of a unit. Pure. */

export const units = [
  ['ms', 1, 'ms'],
  ['s', 1_000, 'seconds'],
  ['min', 60_000, 'minutes'],
  ['h', 3_600_000, 'hours'],
  ['d', 86_400_000, 'days'],
] as const
export type Unit = (typeof units)[number][0]

const sizeOf = (unit: Unit): number => units.find(([name]) => name === unit)?.[1] ?? 1

/** Milliseconds; whole ones, for the API takes no others. */
export const toMs = (amount: number, unit: Unit): number => Math.round(amount * sizeOf(unit))

/** The largest unit that needs no fraction. */
export const unitOf = (ms: number): Unit =>
  units.findLast(([, size]) => ms >= size && ms % size === 0)?.[0] ?? 'ms'

export const amountOf = (ms: number, unit: Unit): number => ms / sizeOf(unit)
