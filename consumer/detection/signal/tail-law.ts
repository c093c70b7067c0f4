/**
 * The law of what is large: with m the median, u the distance of a threshold t from it, y = (x − m)/u and q the share over t,
 *
 *   P(X ≥ x) = q · exp(−λ (y^τ − 1)/τ)
 *
 * spans with two parameters the tails that occur: τ → 0 is Pareto's, 1 the exponential, about 1.3 the normal, more the bounded.
 * (De Valk, "Approximation of high quantiles from intermediate quantiles", Extremes 19, 2016, calls such tails log-generalised Weibull.)
 * λ by maximum likelihood for each τ of a grid, τ by its profile.
 */

const SHAPES = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3]
/** From so many points the largest are taken as they are, and of the others as many even quantiles. */
const EACH = 500
/** Added to the length of the logarithmic range that outliers are spread over: so narrow none is believed to be. */
const NARROWEST = 0.5
/** Stands for decades that overflow. */
const LARGEST = 1e300

export interface TailLaw {
  readonly median: number
  /** u: how far the threshold is from the median. */
  readonly unit: number
  /** q */
  readonly share: number
  /** λ */
  readonly rate: number
  /** τ */
  readonly shape: number
}

const power = (y: number, shape: number): number => (y ** shape - 1) / shape

/** −log10 of the probability to be as large as a value over the threshold, or larger. */
export const decadesOf = (value: number, { median, unit, share, rate, shape }: TailLaw): number =>
  -Math.log10(share) + Math.min(LARGEST, (rate * power((value - median) / unit, shape)) / Math.LN10)

/** The y of the sorted values from one on, ascending; each stands for `weights` of them. */
interface Sample {
  readonly ys: Float64Array
  readonly weights: Float64Array
}

const sampleOf = (
  sorted: Float64Array,
  from: number,
  count: number,
  median: number,
  unit: number,
): Sample => {
  const size = count - from
  const exact = Math.min(size, EACH)
  const rest = size - exact
  const quantiles = Math.min(rest, EACH)
  const length = quantiles + exact
  const ys = Float64Array.from({ length }, (_, at) => {
    const place = at < quantiles ? Math.floor(((at + 0.5) / quantiles) * rest) : rest + at - quantiles
    return Math.max(1, ((sorted[from + place] ?? 0) - median) / unit)
  })
  const weights = new Float64Array(length).fill(1)
  return { ys, weights: weights.fill(quantiles > 0 ? rest / quantiles : 1, 0, quantiles) }
}

/** The first of the sorted values, from a share of the first `count` on, that is over the median. */
const thresholdAt = (sorted: Float64Array, count: number, share: number, median: number): number => {
  let from = Math.floor(share * count)
  while (from < count && !((sorted[from] ?? 0) > median)) from++
  return from
}

const middleOf = (sorted: Float64Array, count: number): number => sorted[count >> 1] ?? 0

/** The law of the largest `share` of the first `count` sorted values; undefined where these are less than `least`. */
export const fitTail = (
  sorted: Float64Array,
  count: number,
  share: number,
  least: number,
): TailLaw | undefined => {
  const median = middleOf(sorted, count)
  const from = thresholdAt(sorted, count, 1 - share, median)
  if (count - from < least) return undefined
  const unit = (sorted[from] ?? 0) - median
  const { ys, weights } = sampleOf(sorted, from, count, median, unit)
  const logs = ys.reduce((sum, y, at) => sum + (weights[at] ?? 0) * Math.log(y), 0)
  const size = count - from
  let best: { shape: number; rate: number; likelihood: number } | undefined
  for (const shape of SHAPES) {
    const sum = ys.reduce((total, y, at) => total + (weights[at] ?? 0) * power(y, shape), 0)
    if (!(sum > 0 && sum < LARGEST)) continue
    const rate = size / sum
    const likelihood = size * Math.log(rate) + (shape - 1) * logs
    if (best === undefined || likelihood > best.likelihood) best = { shape, rate, likelihood }
  }
  return best && { median, unit, share: size / count, rate: best.rate, shape: best.shape }
}

/**
 * How many of the sorted values are usual: all, or those up to where another law begins. Two models are compared for each place to
 * cut, and each shape: the tail's law for all of the upper quarter; or up to the cut, and beyond it anything (evenly on a logarithmic
 * scale). The second has to pay for its three parameters (Schwarz, "Estimating the dimension of a model", Annals of Statistics 6,
 * 1978). So heavy tails, which go on without a break, are not taken for anomalies, nor anomalies for a heavy tail.
 * @param cluster neighbours that are large together: they are one piece of evidence
 * @param most share of the values that may be unusual
 */
export const usualCount = (sorted: Float64Array, cluster: number, most: number): number => {
  const count = sorted.length
  const median = middleOf(sorted, count)
  const from = thresholdAt(sorted, count, 0.75, median)
  const unit = (sorted[from] ?? 0) - median
  if (count - from < 4) return count
  const { ys, weights } = sampleOf(sorted, from, count, median, unit)
  const total = count - from
  const first = total - most * count
  const last = Math.log(ys.at(-1) ?? 1)
  const allLogs = ys.reduce((sum, y, at) => sum + (weights[at] ?? 0) * Math.log(y), 0)
  const price = 1.5 * Math.log(Math.max(2, total / cluster))
  let best = { value: Number.NEGATIVE_INFINITY, usual: total }
  for (const shape of SHAPES) {
    let [sum, logs, usual] = [0, 0, 0]
    for (let at = 0; at < ys.length; at++) {
      const y = ys[at] ?? 1
      const weight = weights[at] ?? 0
      sum += weight * power(y, shape)
      logs += weight * Math.log(y)
      usual += weight
      const all = at === ys.length - 1
      if (usual < first || !(sum > 0 && sum < LARGEST)) continue
      const law = usual * Math.log(usual / sum) + (shape - 1) * logs - usual
      const others = total - usual
      const range = last - Math.log(ys[at + 1] ?? y) + NARROWEST
      const mixed = all
        ? 0
        : usual * Math.log(usual / total) +
          others * Math.log(others / total) -
          (allLogs - logs) -
          others * Math.log(range)
      const value = (law + mixed) / cluster - (all ? 0 : price)
      if (value > best.value) best = { value, usual: all ? total : usual }
    }
  }
  return from + Math.round(best.usual)
}
