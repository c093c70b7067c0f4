import { whitening } from './cholesky.ts'

/** A smooth course: a polynomial, and so many harmonics of a period. */
export interface Course {
  readonly degree: number
  /** In points; undefined for a polynomial alone. */
  readonly period: number | undefined
  readonly harmonics: number
}

/** Added to each term's energy, as a share: terms that the points around can't tell apart stay small. */
const ridge = 1e-6

/** The course's terms at the points 0 to `points` − 1: Chebyshev's polynomials over them, then cosines and sines. */
const termsOf = ({ degree, period, harmonics }: Course, points: number): Float64Array[] => {
  const place = (at: number): number => (points > 1 ? (2 * at - points + 1) / (points - 1) : 0)
  const polynomials = Array.from({ length: degree + 1 }, (_, power) =>
    Float64Array.from({ length: points }, (_, at) => Math.cos(power * Math.acos(place(at)))),
  )
  if (period === undefined) return polynomials
  const waves = Array.from({ length: harmonics }, (_, k) =>
    [Math.cos, Math.sin].map((wave) =>
      Float64Array.from({ length: points }, (_, at) => wave((2 * Math.PI * (k + 1) * at) / period)),
    ),
  )
  return [...polynomials, ...waves.flat()]
}

/**
 * What is expected of each point: the course that is nearest (least squares) to the `around` points around a hole of `length`
 * points, at the points of the hole, which so don't explain themselves. Holes begin every half of their length; a point has the
 * mean of the holes that cover it. O(n · terms · around / length).
 */
export const expectedBy = (
  course: Course,
  values: Float64Array,
  length: number,
  around: number,
): Float64Array => {
  const points = values.length
  const terms = termsOf(course, around)
  const size = terms.length
  const factors = new Map<number, Float64Array>()
  /** Of the normal equations for a hole that begins here: as long as it is in the middle, always the same. */
  const factorOf = (hole: number): Float64Array => {
    const known = factors.get(hole)
    if (known !== undefined) return known
    const gram = new Float64Array(size * size)
    for (const [row, a] of terms.entries()) {
      for (const [column, b] of terms.entries()) {
        let sum = row === column ? ridge * around : 0
        for (let at = 0; at < around; at++) {
          if (at < hole || at >= hole + length) sum += (a[at] ?? 0) * (b[at] ?? 0)
        }
        gram[row * size + column] = sum
      }
    }
    const factor = whitening(gram, size, ridge)
    factors.set(hole, factor)
    return factor
  }

  const expected = new Float64Array(points)
  const times = new Uint8Array(points)
  const stride = Math.max(1, length >> 1)
  for (let start = 0; ; start += stride) {
    const first = Math.min(start, points - length)
    const from = Math.max(0, Math.min(points - around, first + (length >> 1) - (around >> 1)))
    const hole = first - from
    const sums = terms.map((term) => {
      let sum = 0
      for (let at = 0; at < hole; at++) sum += (term[at] ?? 0) * (values[from + at] ?? 0)
      for (let at = hole + length; at < around; at++) sum += (term[at] ?? 0) * (values[from + at] ?? 0)
      return sum
    })
    // weights = L⁻ᵀ L⁻¹ sums
    const factor = factorOf(hole)
    const weights = new Float64Array(size)
    for (let row = 0; row < size; row++) {
      let projection = 0
      for (let k = 0; k <= row; k++) projection += (factor[row * size + k] ?? 0) * (sums[k] ?? 0)
      for (let k = 0; k <= row; k++) {
        weights[k] = (weights[k] ?? 0) + (factor[row * size + k] ?? 0) * projection
      }
    }
    for (let at = hole; at < hole + length; at++) {
      let sum = 0
      for (const [k, term] of terms.entries()) sum += (weights[k] ?? 0) * (term[at] ?? 0)
      expected[from + at] = (expected[from + at] ?? 0) + sum
      times[from + at] = (times[from + at] ?? 0) + 1
    }
    if (first + length >= points) break
  }
  return expected.map((sum, at) => sum / (times[at] ?? 1))
}
