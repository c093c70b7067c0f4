/**
 * How improbable a magnitude is, judged by the magnitudes before it: peaks over threshold, online.
 *
 * Magnitudes are divided by their own running scale. The largest {@link tailShare} of the past lie over a threshold t;
 * their excesses over t follow a generalized Pareto distribution (Pickands–Balkema–de Haan), fitted by the method of
 * moments (Hosking and Wallis, Technometrics 29(3), 1987): with m and v the mean and variance of the excesses,
 * shape γ = ½(1 − m²/v), scale σ = m(1 − γ). Then P(X > x) = P(X > t) · (1 + γ(x − t)/σ)^(−1/γ).
 * The use on streams is that of SPOT (Siffer et al., "Anomaly Detection in Streams with Extreme Value Theory",
 * KDD 2017); like there, what is an anomaly must not teach the tail that such things are usual.
 */

/** The magnitudes are counted in a histogram of logarithmic bins: constant memory, whatever the length. */
const binsPerDecade = 32
const lowestDecade = -4
const highestDecade = 8
const binCount = binsPerDecade * (highestDecade - lowestDecade)
const edges = Float64Array.from({ length: binCount }, (_, bin) => 10 ** (lowestDecade + bin / binsPerDecade))

const largest = 10 ** highestDecade
/** Share of the magnitudes that makes the tail. */
const tailShare = 0.05
/** Until there are excesses to fit, this many of an exponential tail are assumed, of this mean (in units of the scale). */
const prior = { excesses: 10, mean: 0.5 }
/** Heavier tails than this can't be told from too few excesses; below 0 (a bounded tail) nothing may be claimed. */
const maxShape = 0.4
/** Larger magnitudes than the one of this probability teach the tail no more than that one does. */
const learnedProbability = 1e-5
/** A magnitude moves the scale by as much as this many times the scale at most. */
const scaleClip = 5
/** Magnitudes that must be known before anything is called improbable. */
const warmUp = 16
/** Once that many are known, the tail is fitted anew only every so many magnitudes. */
const eager = 128
const fitEvery = 8

/** The least probability that is told; what is less has no meaning after some thousand rows. */
export const leastProbability = 1e-12

export interface TailOptions {
  /** Rows after which a magnitude counts 1/e in the tail. */
  readonly memory: number
  /** The same for the scale that magnitudes are measured in. */
  readonly scaleMemory: number
}

export interface Tail {
  /**
   * The estimated probability that a magnitude is as large as this one or larger; the magnitude is learned after.
   * 1 for whatever is not in the tail. `floor` is the rounding error the magnitude may have: up to it, it is nothing.
   */
  observe(magnitude: number, floor: number): number
}

export const createTail = ({ memory, scaleMemory }: TailOptions): Tail => {
  const counts = new Float64Array(binCount)
  const sums = new Float64Array(binCount)
  const squares = new Float64Array(binCount)
  let rows = 0
  let scale = 0
  let total = 0
  // The past decays because each row weighs a little more than the one before.
  let weight = 1
  let threshold = 0
  let share = 1
  let sigma = prior.mean
  let shape = 0

  const fit = (): void => {
    let [count, sum, square] = [0, 0, 0]
    let bin = binCount
    while (bin > 0 && count < tailShare * total) {
      bin--
      count += counts[bin] ?? 0
      sum += sums[bin] ?? 0
      square += squares[bin] ?? 0
    }
    threshold = edges[bin] ?? 0
    share = Math.max(tailShare, count / total)
    const excesses = count / weight + prior.excesses
    const first = (sum - threshold * count) / weight
    const second = Math.max(0, square - 2 * threshold * sum + threshold * threshold * count) / weight
    const mean = (first + prior.excesses * prior.mean) / excesses
    // The second moment of an exponential distribution is twice its mean squared.
    const variance = (second + prior.excesses * 2 * prior.mean ** 2) / excesses - mean * mean
    shape = variance > 0 ? Math.min(maxShape, Math.max(0, (1 - (mean * mean) / variance) / 2)) : 0
    sigma = mean * (1 - shape)
  }

  const probability = (unit: number): number => {
    if (unit <= threshold) return 1
    const excess = (unit - threshold) / sigma
    const over = shape < 1e-6 ? Math.exp(-excess) : (1 + shape * excess) ** (-1 / shape)
    return Math.max(leastProbability, share * over)
  }

  /** The magnitude of the given probability: the inverse of the above. */
  const quantile = (target: number): number => {
    const ratio = share / target
    return threshold + sigma * (shape < 1e-6 ? Math.log(ratio) : (ratio ** shape - 1) / shape)
  }

  const rescale = (): void => {
    for (const cells of [counts, sums, squares]) cells.forEach((cell, bin) => (cells[bin] = cell / weight))
    total /= weight
    weight = 1
  }

  const learn = (unit: number): void => {
    if (unit > 0) {
      const position = Math.floor((Math.log10(unit) - lowestDecade) * binsPerDecade)
      const bin = Math.max(0, Math.min(binCount - 1, position))
      counts[bin] = (counts[bin] ?? 0) + weight
      sums[bin] = (sums[bin] ?? 0) + weight * unit
      squares[bin] = (squares[bin] ?? 0) + weight * unit * unit
    }
    total += weight
    weight /= 1 - 1 / memory
    if (weight > 1e6) rescale()
    if (rows < eager || rows % fitEvery === 0) fit()
  }

  return {
    observe(magnitude, floor) {
      const unit = magnitude <= floor ? 0 : Math.min(largest, magnitude / Math.max(scale, floor))
      const known = rows >= warmUp
      const result = known ? probability(unit) : 1
      rows++
      // Where all was flat, the first movement sets the scale.
      const limit = known && scale > floor ? scaleClip * scale : Number.POSITIVE_INFINITY
      scale += (Math.min(magnitude, limit) - scale) * Math.max(1 / rows, 1 / scaleMemory)
      learn(known ? Math.min(unit, quantile(learnedProbability)) : Math.min(unit, largest))
      return result
    },
  }
}
