/** Made-up points, for who wants to watch an alarm come: a sine with noise, and now and then a spike. Pure but for the chance it is given. */
import type { JudgedPoint } from '../../kit/api/series-types.ts'

/** Points of one cycle. */
const CYCLE = 60
const SPIKE = 6

export interface Shape {
  readonly level: number
  readonly amplitude: number
}

const UNKNOWN: Shape = { level: 100, amplitude: 20 }

/** A shape like that of the points that are there, so that those made up go on from them. */
export const shapeOf = (points: readonly JudgedPoint[]): Shape => {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  if (values.length < 2) return UNKNOWN
  const level = values.reduce((sum, it) => sum + it, 0) / values.length
  const variance = values.reduce((sum, it) => sum + (it - level) ** 2, 0) / values.length
  // The standard deviation of a sine is its amplitude by the root of two.
  return { level, amplitude: Math.sqrt(2 * variance) || 1 }
}

/** The value of point `n`; `chance` gives numbers from 0 to below 1. */
export const madeUp = (
  { level, amplitude }: Shape,
  n: number,
  spike: boolean,
  chance: () => number,
): number => {
  const noise = (chance() + chance() + chance() - 1.5) * 0.12
  const wave = Math.sin((2 * Math.PI * n) / CYCLE)
  const value = level + amplitude * (wave + noise + (spike ? SPIKE : 0))
  return Number(value.toPrecision(6))
}
