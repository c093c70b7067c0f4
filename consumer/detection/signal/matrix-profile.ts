import { movingMeans } from './windows.ts'

/** Squared distances of each window to the most similar one before it, and after it; Infinity where there is none. */
export interface Profile {
  readonly left: Float64Array
  readonly right: Float64Array
}

/**
 * The matrix profile of a series with itself, to the left and to the right: for each window the least squared distance to a
 * window that begins `apart` points or more away. Windows are centred and divided by √(length · (variance + flat²)): as
 * z-normalized where they vary much more than `flat`, and the less they do the nearer to 0, so that noise isn't taken for
 * a shape, and two flat windows are alike. Squared distances are from 0 to 4.
 *
 * MPX (Zimmerman et al., "Matrix Profile XIV: Scaling Time Series Motif Discovery with GPUs", SoCC 2019): along a diagonal the
 * covariance of one pair of windows comes of the pair before it in two multiplications. O(n²) time, O(n) memory.
 */
export const matrixProfile = (values: Float64Array, length: number, apart: number, flat: number): Profile => {
  const count = values.length - length + 1
  const means = movingMeans(values, length)
  // df and dg: what a step adds to the covariance of windows i and j is df[i]·dg[j] + df[j]·dg[i].
  const df = new Float64Array(count)
  const dg = new Float64Array(count)
  /** 1/norm of each window, and the squared norm it then has. */
  const scale = new Float64Array(count)
  const energy = new Float64Array(count)
  for (let at = 0; at < count; at++) {
    const mean = means[at] ?? 0
    let square = 0
    for (let k = at; k < at + length; k++) square += ((values[k] ?? 0) - mean) ** 2
    const norm = Math.sqrt(square + length * flat * flat)
    scale[at] = 1 / norm
    energy[at] = square / norm / norm
    if (at === 0) continue
    const incoming = values[at + length - 1] ?? 0
    const outgoing = values[at - 1] ?? 0
    df[at] = (incoming - outgoing) / 2
    dg[at] = incoming - mean + (outgoing - (means[at - 1] ?? 0))
  }
  const left = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const right = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  for (let lag = apart; lag < count; lag++) {
    let covariance = 0
    const [meanI, meanJ] = [means[0] ?? 0, means[lag] ?? 0]
    for (let k = 0; k < length; k++) {
      covariance += ((values[k] ?? 0) - meanI) * ((values[lag + k] ?? 0) - meanJ)
    }
    for (let i = 0, j = lag; j < count; i++, j++) {
      covariance += (df[i] ?? 0) * (dg[j] ?? 0) + (df[j] ?? 0) * (dg[i] ?? 0)
      const square = (energy[i] ?? 0) + (energy[j] ?? 0) - 2 * covariance * (scale[i] ?? 0) * (scale[j] ?? 0)
      if (square < (right[i] ?? 0)) right[i] = square
      if (square < (left[j] ?? 0)) left[j] = square
    }
  }
  return { left, right }
}
