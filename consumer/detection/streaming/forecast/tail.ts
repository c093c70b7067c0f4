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
/** A shape below this is computed as 0: the distribution is exponential there. */
const almostExponential = 1e-6
/** Larger magnitudes than the one of this probability teach the tail no more than that one does. */
const learnedProbability = 1e-5
/** A magnitude moves the scale by as much as this many times the scale at most. */
const scaleClip = 5
/** Magnitudes before the scale means anything: none of them is counted. */
const unscaled = 4
/** Magnitudes that must be known before anything is called improbable. */
const warmUp = 16
/** Once that many are known, the tail is fitted anew only every so many magnitudes. */
const eager = 128
const fitEvery = 16

/** The least probability that is told; what is less has no meaning after some thousand rows. */
const leastProbability = 1e-12

export interface TailOptions {
  /** Rows after which a magnitude counts 1/e in the tail. */
  readonly memory: number
  /** The same for the scale that magnitudes are measured in. */
  readonly scaleMemory: number
}

/** The distribution of magnitudes seen so far, as far as its tail goes. */
export class Tail {
  readonly #growth: number
  readonly #scaleMemory: number
  readonly #counts = new Float64Array(binCount)
  readonly #sums = new Float64Array(binCount)
  readonly #squares = new Float64Array(binCount)
  #rows = 0
  #scale = 0
  #total = 0
  /** Weight of the next row: the past decays because each row weighs a little more than the one before. */
  #weight = 1
  #threshold = 0
  #share = 1
  #sigma = prior.mean
  #shape = 0

  constructor({ memory, scaleMemory }: TailOptions) {
    this.#growth = 1 / (1 - 1 / memory)
    this.#scaleMemory = scaleMemory
  }

  /**
   * The estimated probability that a magnitude is as large as this one or larger; the magnitude is learned after.
   * 1 for whatever is not in the tail. `floor` is the rounding error the magnitude may have: up to it, it is nothing.
   */
  observe(magnitude: number, floor: number): number {
    const scale = this.#scale
    const unit = magnitude <= floor ? 0 : Math.min(largest, magnitude / Math.max(scale, floor))
    const known = this.#rows >= warmUp
    const probability = known ? this.#probability(unit) : 1
    this.#rows++
    // Where all was flat, the first movement sets the scale.
    const limit = known && scale > floor ? scaleClip * scale : Number.POSITIVE_INFINITY
    this.#scale += (Math.min(magnitude, limit) - scale) * Math.max(1 / this.#rows, 1 / this.#scaleMemory)
    if (this.#rows > unscaled) this.#learn(probability < learnedProbability ? this.#largestLearned() : unit)
    return probability
  }

  #probability(unit: number): number {
    if (unit <= this.#threshold) return 1
    const shape = this.#shape
    const excess = (unit - this.#threshold) / this.#sigma
    const over = shape < almostExponential ? Math.exp(-excess) : (1 + shape * excess) ** (-1 / shape)
    return Math.max(leastProbability, this.#share * over)
  }

  /** The magnitude of probability `learnedProbability`: the inverse of the above. */
  #largestLearned(): number {
    const shape = this.#shape
    const ratio = this.#share / learnedProbability
    const excess = shape < almostExponential ? Math.log(ratio) : (ratio ** shape - 1) / shape
    return this.#threshold + this.#sigma * excess
  }

  #learn(unit: number): void {
    const weight = this.#weight
    if (unit > 0) {
      const position = Math.floor((Math.log10(unit) - lowestDecade) * binsPerDecade)
      const bin = Math.max(0, Math.min(binCount - 1, position))
      this.#counts[bin] = (this.#counts[bin] ?? 0) + weight
      this.#sums[bin] = (this.#sums[bin] ?? 0) + weight * unit
      this.#squares[bin] = (this.#squares[bin] ?? 0) + weight * unit * unit
    }
    this.#total += weight
    this.#weight *= this.#growth
    if (this.#weight > 1e6) this.#rescale()
    if (this.#rows < eager || this.#rows % fitEvery === 0) this.#fit()
  }

  #rescale(): void {
    for (const cells of [this.#counts, this.#sums, this.#squares]) {
      cells.set(cells.map((cell) => cell / this.#weight))
    }
    this.#total /= this.#weight
    this.#weight = 1
  }

  #fit(): void {
    let count = 0
    let sum = 0
    let square = 0
    let bin = binCount
    while (bin > 0 && count < tailShare * this.#total) {
      bin--
      count += this.#counts[bin] ?? 0
      sum += this.#sums[bin] ?? 0
      square += this.#squares[bin] ?? 0
    }
    const weight = this.#weight
    const threshold = edges[bin] ?? 0
    const excesses = count / weight + prior.excesses
    const first = Math.max(0, sum - threshold * count) / weight
    const second = Math.max(0, square - 2 * threshold * sum + threshold * threshold * count) / weight
    const mean = (first + prior.excesses * prior.mean) / excesses
    // The second moment of an exponential distribution is twice its mean squared.
    const variance = (second + prior.excesses * 2 * prior.mean ** 2) / excesses - mean * mean
    const shape = variance > 0 ? (1 - (mean * mean) / variance) / 2 : 0
    this.#threshold = threshold
    this.#share = Math.max(tailShare, count / this.#total)
    this.#shape = Math.min(maxShape, Math.max(0, shape))
    this.#sigma = mean * (1 - this.#shape)
  }
}
