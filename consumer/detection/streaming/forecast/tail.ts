/**
 * How improbable a magnitude is, judged by the magnitudes before it: peaks over threshold, online.
 *
 * The largest {@link tailShare} of the past lie over a threshold t; their excesses over t follow a generalized Pareto
 * distribution (Pickands–Balkema–de Haan), fitted by the method of moments (Hosking and Wallis, Technometrics 29(3),
 * 1987): with m and v the mean and variance of the excesses, shape γ = ½(1 − m²/v), scale σ = m(1 − γ).
 * Then P(X > x) = P(X > t) · (1 + γ(x − t)/σ)^(−1/γ).
 * The use on streams is that of SPOT (Siffer et al., "Anomaly Detection in Streams with Extreme Value Theory",
 * KDD 2017); like there, what is an anomaly must not teach the tail that such things are usual.
 */
import { savedCount, savedFields, savedNumber, savedSingles } from '../saved.ts'

/** The magnitudes are counted in a histogram of logarithmic bins: constant memory, whatever the length. */
const binsPerDecade = 32
const lowestDecade = -4
const highestDecade = 8
const binCount = binsPerDecade * (highestDecade - lowestDecade)
/** The magnitudes that are a bin's own; one between two bins counts in both, in parts. */
const centres = Float64Array.from(
  { length: binCount },
  (_, bin) => 10 ** (lowestDecade + bin / binsPerDecade),
)

const largest = 10 ** highestDecade
/** Share of the magnitudes that makes the tail. */
const tailShare = 0.05
/** Until there are excesses to fit, this many of an exponential tail are assumed, of this mean (in mean magnitudes). */
const prior = { excesses: 10, mean: 1, ofThreshold: 0.4 }
/** Heavier tails than this can't be told from too few excesses; below 0 (a bounded tail) nothing may be claimed. */
const maxShape = 0.8
/** A shape below this is computed as 0: the distribution is exponential there. */
const almostExponential = 1e-6
/** Larger magnitudes than the one of this probability teach the tail no more than that one does. */
const learnedProbability = 1e-4
/** Magnitudes that must be known before anything is called improbable. */
const warmUp = 16
/** Once that many are known, the tail is fitted anew only every so many magnitudes. */
const eager = 128
const fitEvery = 32

/** The least probability that is told; what is less has no meaning after some thousand rows. */
const leastProbability = 1e-12

/** The distribution of magnitudes seen so far, as far as its tail goes; each counts 1/e after `memory` more. */
export class Tail {
  readonly #growth: number
  readonly #cluster: number
  readonly #counts: Float32Array
  #rows = 0
  #total = 0
  #sum = 0
  /** Weight of the next magnitude: the past decays because each weighs a little more than the one before. */
  #weight = 1
  #threshold = 0
  #share = 1
  #sigma = prior.mean
  #shape = 0

  constructor(memory: number, cluster: number, state?: unknown) {
    this.#cluster = cluster
    this.#growth = 1 / (1 - 1 / memory)
    const saved = state === undefined ? undefined : savedFields(state, 'tail')
    this.#counts = saved ? savedSingles(saved, 'counts', binCount) : new Float32Array(binCount)
    if (saved === undefined) return
    this.#rows = savedCount(saved, 'rows')
    this.#total = savedNumber(saved, 'total', 0)
    this.#sum = savedNumber(saved, 'sum', 0)
    this.#weight = savedNumber(saved, 'weight', 1)
    this.#threshold = savedNumber(saved, 'threshold', 0)
    this.#share = savedNumber(saved, 'share', 0)
    this.#sigma = savedNumber(saved, 'sigma', 0)
    this.#shape = savedNumber(saved, 'shape', 0)
  }

  /**
   * The estimated probability that a magnitude is as large as this one or larger; the magnitude is learned after.
   * Any unit will do.
   */
  observe(magnitude: number): number {
    const unit = Math.min(largest, magnitude)
    const probability = this.#rows >= warmUp ? this.#probability(unit) : 1
    this.#rows++
    this.#learn(probability < learnedProbability ? this.beyond(learnedProbability) : unit)
    return probability
  }

  /** The magnitude of this probability; infinite as long as nothing is improbable. */
  beyond(probability: number): number {
    if (this.#rows < warmUp) return Number.POSITIVE_INFINITY
    const shape = this.#shape
    const ratio = Math.max(1, this.#share / probability)
    const excess = shape < almostExponential ? Math.log(ratio) : (ratio ** shape - 1) / shape
    return this.#threshold + this.#sigma * excess
  }

  #probability(unit: number): number {
    // Below the tail: as an exponential distribution that meets it, from 1 at no deviation.
    if (unit <= this.#threshold) return unit > 0 ? this.#share ** (unit / this.#threshold) : 1
    const shape = this.#shape
    const excess = (unit - this.#threshold) / this.#sigma
    const over = shape < almostExponential ? Math.exp(-excess) : (1 + shape * excess) ** (-1 / shape)
    return Math.max(leastProbability, this.#share * over)
  }

  #learn(unit: number): void {
    const weight = this.#weight
    if (unit > 0) {
      const position = (Math.log10(unit) - lowestDecade) * binsPerDecade
      const inside = Math.max(0, Math.min(binCount - 2, position))
      const bin = Math.floor(inside)
      const upper = weight * Math.min(1, inside - bin)
      this.#counts[bin] = (this.#counts[bin] ?? 0) + weight - upper
      this.#counts[bin + 1] = (this.#counts[bin + 1] ?? 0) + upper
    }
    this.#total += weight
    this.#sum += weight * unit
    this.#weight *= this.#growth
    if (this.#weight > 1e6) this.#rescale()
    if (this.#rows < eager || this.#rows % fitEvery === 0) this.#fit()
  }

  #rescale(): void {
    for (let bin = 0; bin < binCount; bin++) this.#counts[bin] = (this.#counts[bin] ?? 0) / this.#weight
    this.#total /= this.#weight
    this.#sum /= this.#weight
    this.#weight = 1
  }

  #fit(): void {
    let count = 0
    let sum = 0
    // Of each excess, weighted by the number of larger ones.
    let ranked = 0
    let bin = binCount
    let threshold = centres[0] ?? 0
    const wanted = tailShare * this.#total
    while (bin > 0 && count < wanted) {
      bin--
      const centre = centres[bin] ?? 0
      const held = this.#counts[bin] ?? 0
      // The last bin counts as far as it is needed: so nothing jumps when the tail begins in another one.
      const part = held > 0 ? Math.min(1, (wanted - count) / held) : 1
      const upper = centres[bin + 1] ?? centre
      threshold = upper - part * (upper - centre)
      const here = part * held
      ranked += here * threshold * (count + here / 2)
      count += here
      sum += here * threshold
    }
    // Where all was flat, the first movement sets the scale: then any mean is as good.
    const assumed = Math.max(
      prior.ofThreshold * threshold,
      prior.mean * (this.#sum > 0 ? this.#sum / this.#total : 1),
    )
    const known = count / this.#weight / this.#cluster
    const trust = known / (known + prior.excesses)
    const first = count > 0 ? Math.max(0, sum / count - threshold) : 0
    const second = count > 0 ? Math.max(0, ranked / (count * count) - threshold / 2) : 0
    const a0 = trust * first + (1 - trust) * assumed
    // Of an exponential distribution it is a quarter of the mean.
    const a1 = trust * second + ((1 - trust) * assumed) / 4
    const shape = a0 > 2 * a1 ? 2 - a0 / (a0 - 2 * a1) : 0
    this.#threshold = threshold
    this.#share = tailShare
    this.#shape = Math.min(maxShape, Math.max(0, shape))
    this.#sigma = a0 * (1 - this.#shape)
  }

  save(): unknown {
    return {
      counts: this.#counts.slice(),
      rows: this.#rows,
      total: this.#total,
      sum: this.#sum,
      weight: this.#weight,
      threshold: this.#threshold,
      share: this.#share,
      sigma: this.#sigma,
      shape: this.#shape,
    }
  }
}
