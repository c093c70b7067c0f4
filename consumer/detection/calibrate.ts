/**
 * From the strangeness of a batch detector, whose unit is its own, to a probability: of the points that are usual, the share that
 * is as strange or stranger.
 *
 * The body is its own witness: a point's probability there is the share of points at or above it. Beyond the threshold t that a
 * tenth of the usual points exceed, with m the median, u = t − m, y = (x − m)/u and q the share over t,
 *
 *   P(X ≥ x) = q · exp(−λ (y^τ − 1)/τ)
 *
 * spans the tails that occur with two parameters: τ → 0 is Pareto's, 1 the exponential, 2 about the normal. (A power of the excess as
 * in the Box–Cox transformation, 1964; tails of this form: de Valk, "Approximation of high quantiles from intermediate quantiles",
 * Extremes 19, 2016.) λ by maximum likelihood for each τ of a grid, τ by its profile.
 *
 * What is strange must not teach that such things are usual: the fit is made on what the one before it left as usual, beginning with an
 * exponential tail through quantiles of the lower four fifths, which a fifth of anomalies does not move. Steps like those of a
 * forward search (Atkinson, Riani and Cerioli, "The forward search: theory and data analysis", 2010).
 *
 * Where four fifths are alike to the last bit nothing tells how far from them is far: the share of points at or above it, squared.
 *
 * O(n log n) for the sorting; memory 3 n numbers.
 */

/** Share of the usual points that makes the tail. */
const TAIL_SHARE = 0.1
/** Points of a tail from which it is fitted, at most: evenly spaced quantiles of it do as well as all. */
const MOST_FITTED = 2_000
/** A tail of fewer points than this is taken for exponential. */
const LEAST_FITTED = 20
const SHAPES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5, 1.75, 2, 2.5]
/** Decades beyond which the logarithm takes over, so that the largest double is still above `LEAST` of score.ts. */
const FAR = 100
/** Stands for decades that overflow. */
const LARGEST = 1e300
const ROUNDS = 8
/** What is less probable than one in so many times the points is not usual. */
const CUT = 0.1

interface Tail {
  readonly median: number
  /** Distance of the threshold from the median. */
  readonly unit: number
  readonly share: number
  readonly rate: number
  readonly shape: number
}

const power = (y: number, shape: number): number => (y ** shape - 1) / shape

/** −log10 of the probability to be as large as `value`, which is over the threshold, or larger. */
const decadesOf = (value: number, { median, unit, share, rate, shape }: Tail): number =>
  -Math.log10(share) + Math.min(LARGEST, (rate * power((value - median) / unit, shape)) / Math.LN10)

/** The value at a share of the sorted ones. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0

/** The exponential tail through the quantiles of a half and four fifths. */
const firstTail = (sorted: Float64Array): Tail | undefined => {
  const median = quantile(sorted, 0.5)
  const unit = quantile(sorted, 0.8) - median
  return unit > 0 ? { median, unit, share: 0.2, rate: Math.log(0.5 / 0.2), shape: 1 } : undefined
}

/** The tail that fits the first `count` of the sorted values best. */
const fit = (sorted: Float64Array, count: number): Tail | undefined => {
  const usual = sorted.subarray(0, count)
  const median = quantile(usual, 0.5)
  const from = Math.floor((1 - TAIL_SHARE) * count)
  const unit = (usual[from] ?? 0) - median
  const size = count - from
  if (!(unit > 0)) return undefined
  const fitted = Math.min(size, MOST_FITTED)
  const excesses = Float64Array.from({ length: fitted }, (_, at) => {
    const value = usual[from + Math.floor(((at + 0.5) / fitted) * size)] ?? 0
    return Math.max(1, (value - median) / unit)
  })
  const logs = excesses.reduce((sum, y) => sum + Math.log(y), 0)
  let best: { shape: number; rate: number; likelihood: number } | undefined
  for (const shape of size < LEAST_FITTED ? [1] : SHAPES) {
    const sum = excesses.reduce((total, y) => total + power(y, shape), 0)
    if (!(sum > 0)) return undefined
    const rate = fitted / sum
    const likelihood = fitted * Math.log(rate) + (shape - 1) * logs - fitted
    if (best === undefined || likelihood > best.likelihood) best = { shape, rate, likelihood }
  }
  return best && { median, unit, share: TAIL_SHARE, rate: best.rate, shape: best.shape }
}

/** How many of the sorted values the tail calls usual. */
const usualOf = (sorted: Float64Array, tail: Tail): number => {
  const cut = -Math.log10(CUT / sorted.length)
  let low = Math.ceil(0.8 * sorted.length)
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (decadesOf(sorted[middle] ?? 0, tail) <= cut) low = middle + 1
    else high = middle
  }
  return low
}

const tailOf = (sorted: Float64Array): { tail: Tail; count: number } | undefined => {
  let tail = firstTail(sorted)
  let count = sorted.length
  for (let round = 0; tail !== undefined && round < ROUNDS; round++) {
    const usual = usualOf(sorted, tail)
    const next = fit(sorted, usual)
    if (next === undefined || usual === count) break
    tail = next
    count = usual
  }
  return tail && { tail, count }
}

/**
 * The probability of each point: 1 or less, above 0, and strictly smaller where the strangeness is larger.
 * @param strangeness finite, 0 or more, larger is stranger
 */
export const probabilities = (strangeness: Float64Array): Float64Array => {
  const length = strangeness.length
  const order = Uint32Array.from({ length }, (_, point) => point)
  order.sort((a, b) => (strangeness[a] ?? 0) - (strangeness[b] ?? 0))
  const sorted = strangeness.toSorted()
  const found = tailOf(sorted)
  const result = new Float64Array(length)
  let decades = 0
  for (let at = 0; at < length; ) {
    const value = sorted[at] ?? 0
    let end = at + 1
    while (end < length && sorted[end] === value) end++
    // Those before are usual for certain, those at and above are as strange or stranger.
    let here = -Math.log10((length - at) / length)
    if (found === undefined) here *= 2
    else if (value > found.tail.median + found.tail.unit) {
      here = decadesOf(value, found.tail)
      if (here > FAR) here = FAR + Math.log(here / FAR) / 4
    }
    // The body and the tail need not meet exactly: the order is kept.
    decades = at === 0 ? 0 : Math.max(here, decades * (1 + 1e-12))
    for (; at < end; at++) result[order[at] ?? 0] = 10 ** -decades
  }
  return result
}
