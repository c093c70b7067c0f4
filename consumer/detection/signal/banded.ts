import type { Band } from '../detector.ts'
import type { Standard } from './standard.ts'

const finite = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))

/** The band `reach` around what was expected, both in standard units, in the values' own units. */
export const bandAround = (
  { mean, deviation }: Standard,
  expected: Float64Array,
  reach: (point: number) => number,
): Band => {
  const back = (standard: number): number => finite(mean + deviation * standard)
  return {
    expected: expected.map(back),
    lower: expected.map((center, point) => back(center - reach(point))),
    upper: expected.map((center, point) => back(center + reach(point))),
  }
}
