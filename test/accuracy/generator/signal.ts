/** What signals are made of. */
import type { Chance } from './chance.ts'
import type { Base } from './series.ts'

/** A signal of so many rows. */
export type Make = (rows: number, chance: Chance) => Base

export const MINUTE_MS = 60_000
export const DAY_MS = 1440 * MINUTE_MS
/** A Monday. */
export const EPOCH_MS = Date.UTC(2024, 0, 1)
const TURN = 2 * Math.PI

export const fill = (rows: number, valueAt: (row: number) => number): Float64Array => {
  const values = new Float64Array(rows)
  for (let row = 0; row < rows; row++) values[row] = valueAt(row)
  return values
}

export const everyMs = (rows: number, stepMs: number): Float64Array =>
  fill(rows, (row) => EPOCH_MS + row * stepMs)

export const cyclesOf = (rows: number, period: number): number[] =>
  Array.from({ length: Math.floor(rows / period) + 1 }, (_, cycle) => Math.round(cycle * period))

/** Without cycles, times and holes, where nobody says otherwise. */
export const base = (parts: Partial<Base> & Pick<Base, 'values' | 'noise'>): Base => ({
  spread: parts.noise,
  cycles: [],
  finish: (value) => value,
  timesMs: undefined,
  missing: 0,
  ...parts,
})

/** Sines of a period and its parts, with an amplitude around 1. */
export const waveform = (chance: Chance, harmonics: number): ((turns: number) => number) => {
  const parts = Array.from({ length: harmonics }, (_, k) => ({
    turns: k + 1,
    size: k === 0 ? 1 : chance.uniform(0, 1 / (k + 1)),
    phase: chance.uniform(0, TURN),
  }))
  return (turns) =>
    parts.reduce((sum, part) => sum + part.size * Math.sin(TURN * turns * part.turns + part.phase), 0)
}

/** Weights of the days of a week: five alike, and two. */
export const weekOf = (chance: Chance): ((day: number) => number) => {
  const weekend = chance.happens(0.7) ? chance.uniform(0.3, 0.8) : 1
  return (day) => (Math.floor(day) % 7 >= 5 ? weekend : 1)
}

/** The steps that people take, so that three weeks at least fit in. */
export const stepFor = (rows: number, chance: Chance): number => {
  const minutes = rows < 2500 ? ([30, 60] as const) : rows < 7500 ? ([15, 30] as const) : ([5, 15] as const)
  return chance.pick<number>(minutes) * MINUTE_MS
}
