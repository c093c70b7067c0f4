import { whitening } from './cholesky.ts'
import type { Embedding } from './embedding.ts'

/** The covariance is that of so many windows, evenly taken, and of so many multiplications. */
const learned = 10_000
const learning = 2e8
/** This share of them, the strangest, is left out then: what one learns from has anomalies in it. */
const left = 0.1
/** Multiplications for all distances: in longer series not every window is looked at. */
const budget = 3e8

interface Fit {
  readonly mean: Float64Array
  /** L⁻¹, where L·Lᵀ is the covariance. */
  readonly whiten: Float64Array
}

/** Mean and covariance of these windows; undefined where they don't vary. */
const fit = ({ size, readUsual }: Embedding, starts: readonly number[], ridge: number): Fit | undefined => {
  const vector = new Float64Array(size)
  const mean = new Float64Array(size)
  for (const start of starts) {
    readUsual(start, vector)
    for (let k = 0; k < size; k++) mean[k] = (mean[k] ?? 0) + (vector[k] ?? 0) / starts.length
  }
  const covariance = new Float64Array(size * size)
  for (const start of starts) {
    readUsual(start, vector)
    for (let k = 0; k < size; k++) vector[k] = (vector[k] ?? 0) - (mean[k] ?? 0)
    for (let row = 0; row < size; row++) {
      const here = (vector[row] ?? 0) / starts.length
      for (let k = 0; k <= row; k++) {
        covariance[row * size + k] = (covariance[row * size + k] ?? 0) + here * (vector[k] ?? 0)
      }
    }
  }
  let trace = 0
  for (let k = 0; k < size; k++) trace += covariance[k * size + k] ?? 0
  if (!(trace > 0)) return undefined
  const added = (ridge * trace) / size
  for (let k = 0; k < size; k++) covariance[k * size + k] = (covariance[k * size + k] ?? 0) + added
  return { mean, whiten: whitening(covariance, size, added / 2) }
}

/** A function of a window's beginning: its distance, 1 for windows that are as far as is usual. */
const distanceTo = ({ size, read }: Embedding, { mean, whiten }: Fit): ((start: number) => number) => {
  const vector = new Float64Array(size)
  return (start) => {
    read(start, vector)
    for (let k = 0; k < size; k++) vector[k] = (vector[k] ?? 0) - (mean[k] ?? 0)
    let square = 0
    for (let row = 0; row < size; row++) {
      const from = row * size
      let projection = 0
      for (let k = 0; k <= row; k++) projection += (whiten[from + k] ?? 0) * (vector[k] ?? 0)
      square += projection * projection
    }
    return Math.sqrt(square / size)
  }
}

/**
 * The Mahalanobis distance of each window from the mean one, divided by √size: the sum over all principal components of the
 * squared projection divided by the component's variance. As that is |L⁻¹x|² for the covariance's Cholesky factor L, no
 * component is computed. `ridge`, a share of the mean variance, is added to each: a direction of next to no variance doesn't
 * outweigh all others; a large one makes it the plain distance. All 0 where the windows don't vary.
 *
 * O(n·size²) up to 3·10⁸ multiplications; in longer series a window may be given the distance of one shortly before it.
 */
export const mahalanobis = (embedding: Embedding, ridge: number): Float64Array => {
  const { count, size } = embedding
  const distances = new Float64Array(count)
  const every = Math.ceil(count / Math.max(2 * size, Math.min(learned, learning / size ** 2)))
  const starts = Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every)
  const first = fit(embedding, starts, ridge)
  if (first === undefined) return distances
  const strange = Float64Array.from(starts, distanceTo(embedding, first))
  const limit = strange.toSorted()[Math.floor((1 - left) * strange.length)] ?? Number.POSITIVE_INFINITY
  const usual = starts.filter((_, at) => (strange[at] ?? 0) <= limit)
  const distance = distanceTo(embedding, fit(embedding, usual, ridge) ?? first)
  const stride = Math.ceil((count * size ** 2) / 2 / budget)
  for (let start = 0; start < count; start += stride) {
    distances.fill(distance(start), start, Math.min(count, start + stride))
  }
  return distances
}
