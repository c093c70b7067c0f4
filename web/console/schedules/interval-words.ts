/** Lengths of time in the unit that suits them, and in words. Pure. */

export const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const
export type Unit = (typeof units)[number][0]

/** In the largest unit that it is a whole number of; in seconds where there is none. */
export const inUnits = (ms: number): { readonly number: number; readonly unit: Unit } => {
  const [unit, size] = units.find(([, it]) => ms % it === 0) ?? ['s', 1_000]
  return { number: ms / size, unit }
}

/** `every 5 min`; the unit may be of any size. */
export const every = (number: number, unit: string): string =>
  number === 1
    ? `every ${{ s: 'second', min: 'minute', h: 'hour', d: 'day' }[unit] ?? unit}`
    : `every ${number} ${unit === 'd' ? 'days' : unit}`

export const intervalWords = (ms: number): string => {
  const { number, unit } = inUnits(ms)
  return every(number, unit)
}
