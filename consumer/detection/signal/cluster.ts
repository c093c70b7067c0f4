/** Rounds of Lloyd's algorithm; it ends earlier when nothing moves. */
const rounds = 15

/** Numbers from 0 up to 1, the same ones each time (mulberry32). */
const numbers = (): (() => number) => {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Of vectors of the same length. */
export const squaredDistance = (a: Float64Array, b: Float64Array): number => {
  let square = 0
  for (let k = 0; k < a.length; k++) {
    const away = (a[k] ?? 0) - (b[k] ?? 0)
    square += away * away
  }
  return square
}

/** The first centres: each vector with a probability proportional to its squared distance from those chosen before it. */
const seeds = (vectors: readonly Float64Array[], count: number): Float64Array[] => {
  const random = numbers()
  const chosen: Float64Array[] = []
  const away = new Float64Array(vectors.length).fill(1)
  while (chosen.length < count) {
    const total = away.reduce((sum, square) => sum + square, 0)
    if (!(total > 0)) break
    let left = random() * total
    let at = 0
    while (at < vectors.length - 1 && left >= (away[at] ?? 0)) left -= away[at++] ?? 0
    const centre = vectors[at]?.slice() ?? new Float64Array(0)
    chosen.push(centre)
    for (const [k, vector] of vectors.entries()) {
      away[k] = Math.min(
        chosen.length === 1 ? Number.POSITIVE_INFINITY : (away[k] ?? 0),
        squaredDistance(vector, centre),
      )
    }
  }
  return chosen
}

/**
 * Clusters of vectors: k-means (Lloyd, 1982) from k-means++ seeds (Arthur and Vassilvitskii, SODA 2007), at most `count`,
 * fewer when there are fewer different vectors. The same vectors give the same clusters. O(v·k·d) a round.
 */
export const cluster = (
  vectors: readonly Float64Array[],
  count: number,
): { readonly centres: readonly Float64Array[]; readonly sizes: Int32Array } => {
  const centres = seeds(vectors, count)
  const sizes = new Int32Array(centres.length)
  const nearest = new Int32Array(vectors.length).fill(-1)
  for (let round = 0; round < rounds; round++) {
    let moved = false
    sizes.fill(0)
    for (const [k, vector] of vectors.entries()) {
      let best = 0
      let least = Number.POSITIVE_INFINITY
      for (const [number, centre] of centres.entries()) {
        const square = squaredDistance(vector, centre)
        if (square < least) {
          least = square
          best = number
        }
      }
      sizes[best] = (sizes[best] ?? 0) + 1
      if (nearest[k] !== best) moved = true
      nearest[k] = best
    }
    if (!moved) break
    for (const centre of centres) centre.fill(0)
    for (const [k, vector] of vectors.entries()) {
      const number = nearest[k] ?? 0
      const centre = centres[number]
      const share = 1 / (sizes[number] ?? 1)
      if (centre !== undefined) {
        for (let i = 0; i < vector.length; i++) centre[i] = (centre[i] ?? 0) + (vector[i] ?? 0) * share
      }
    }
  }
  return { centres, sizes }
}
