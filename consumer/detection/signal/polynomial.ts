import { whitening } from './cholesky.ts'

/** Chebyshev's polynomials of x in −1…1: powers whose normal equations are well-conditioned. */
const powers = (x: number, into: Float64Array): void => {
  into[0] = 1
  if (into.length > 1) into[1] = x
  for (let k = 2; k < into.length; k++) into[k] = 2 * x * (into[k - 1] ?? 0) - (into[k - 2] ?? 0)
}

/** Points `from` to `to` (excluded) but for those of the hole. */
export interface Surroundings {
  readonly from: number
  readonly to: number
  readonly holeFrom: number
  readonly holeTo: number
}

/**
 * Says of the points of a hole what they should be: on the polynomial of this degree that is nearest (least squares) to the
 * points around. Holes in surroundings of the same shape share the factor of their normal equations. O(points · degree) each.
 */
export const polynomialFiller = (degree: number) => {
  const size = degree + 1
  const at = new Float64Array(size)
  const factors = new Map<string, Float64Array>()

  const factorOf = ({ from, to, holeFrom, holeTo }: Surroundings): Float64Array => {
    const key = `${to - from} ${holeFrom - from} ${holeTo - from}`
    const known = factors.get(key)
    if (known !== undefined) return known
    const gram = new Float64Array(size * size)
    for (let point = from; point < to; point++) {
      if (point >= holeFrom && point < holeTo) continue
      powers(placeOf(point, from, to), at)
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++) {
          gram[row * size + column] = (gram[row * size + column] ?? 0) + (at[row] ?? 0) * (at[column] ?? 0)
        }
      }
    }
    const factor = whitening(gram, size, 1e-9)
    factors.set(key, factor)
    return factor
  }

  return (values: Float64Array, around: Surroundings, into: Float64Array): void => {
    const { from, to, holeFrom, holeTo } = around
    const factor = factorOf(around)
    const sums = new Float64Array(size)
    for (let point = from; point < to; point++) {
      if (point === holeFrom) point = holeTo
      if (point >= to) break
      powers(placeOf(point, from, to), at)
      const value = values[point] ?? 0
      for (let k = 0; k < size; k++) sums[k] = (sums[k] ?? 0) + value * (at[k] ?? 0)
    }
    // weights = L⁻ᵀ L⁻¹ sums
    const weights = new Float64Array(size)
    for (let row = 0; row < size; row++) {
      let projection = 0
      for (let k = 0; k <= row; k++) projection += (factor[row * size + k] ?? 0) * (sums[k] ?? 0)
      for (let k = 0; k <= row; k++) {
        weights[k] = (weights[k] ?? 0) + (factor[row * size + k] ?? 0) * projection
      }
    }
    for (let point = holeFrom; point < holeTo; point++) {
      powers(placeOf(point, from, to), at)
      let sum = 0
      for (let k = 0; k < size; k++) sum += (weights[k] ?? 0) * (at[k] ?? 0)
      into[point - holeFrom] = sum
    }
  }
}

const placeOf = (point: number, from: number, to: number): number =>
  (2 * point - from - to + 1) / Math.max(1, to - 1 - from)
