/** Signals without anomalies, of many kinds, by name. */
import { autoregressive, levels, walk } from './acyclic.ts'
import { counts, holes, irregular, seasonal } from './calendar.ts'
import { harmonics, machine, pulses, quantised, trend } from './cyclic.ts'
import type { Make } from './signal.ts'

export const bases = {
  seasonal,
  harmonics,
  pulses,
  walk,
  autoregressive,
  counts,
  levels,
  trend,
  machine,
  irregular,
  quantised,
  holes,
} as const satisfies Readonly<Record<string, Make>>
export type BaseName = keyof typeof bases
export const baseNames = Object.keys(bases) as [BaseName, ...BaseName[]]
