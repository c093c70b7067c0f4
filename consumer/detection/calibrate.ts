/**
 * From the strangeness of a batch detector, whose unit is its own, to a probability: of the points that are usual, the share that is
 * as strange or stranger.
 *
 * What is strange must not teach that such things are usual, so first the usual points are told from the others: all, or those up to
 * where, within the largest fifth, another law begins (`usualCount`), unless what is beyond comes back again and again. In the body they are their own witness: a point's
 * probability is the share of points at or above it. Over the threshold that a tenth of them exceeds it is the law of their tail
 * (tail-law.ts), which goes on where no point has been. Points that are strange together (neighbours, as windows make them) count once
 * where evidence is weighed: the runs estimator of the extremal index (Smith and Weissman, JRSS B 56, 1994).
 *
 * Where there is no tail to fit, since nearly all are alike to the last bit, nothing tells how far from them is far: it is the share of
 * points at or above, squared.
 *
 * O(n log n) for the sorting; memory 3 n numbers.
 */
import { decadesOf, fitTail, usualCount } from './signal/tail-law.ts'

/** Share of the usual points that makes the tail. */
const TAIL_SHARE = 0.1
/** Points that a tail is fitted to, at least. */
const LEAST_FITTED = 5
/** Neighbours above this share of the points are one piece of evidence. A share that no number of anomalies makes up alone. */
const UPPER = 0.75
/** What comes back more often than so often, and than once in so many points, is a habit of the series. */
const FEW = 5
const RARE = 0.01
/** Share of the points that may be anomalies. */
const MOST_UNUSUAL = 0.2
/** Decades beyond which the logarithm takes over, so that the largest double is still above `LEAST` of score.ts. */
const FAR = 100

/** The points over the threshold, and in how many runs they come. */
const runsOver = (strangeness: Float64Array, threshold: number): { points: number; runs: number } => {
  let points = 0
  let runs = 0
  let within = false
  for (const value of strangeness) {
    const over = value > threshold
    points += Number(over)
    runs += Number(over && !within)
    within = over
  }
  return { points, runs }
}

/** How many of the sorted points are usual. */
const usualOf = (strangeness: Float64Array, sorted: Float64Array): number => {
  const upper = runsOver(strangeness, sorted[Math.floor(UPPER * sorted.length)] ?? 0)
  const usual = usualCount(sorted, upper.points / Math.max(1, upper.runs), MOST_UNUSUAL)
  const others = runsOver(strangeness, sorted[usual - 1] ?? 0)
  return others.runs > Math.max(FEW, RARE * sorted.length) ? sorted.length : usual
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
  const usual = usualOf(strangeness, sorted)
  const law = fitTail(sorted, usual, TAIL_SHARE, LEAST_FITTED)
  const threshold = law === undefined ? Number.POSITIVE_INFINITY : law.median + law.unit
  const result = new Float64Array(length)
  let decades = 0
  for (let at = 0; at < length; ) {
    const value = sorted[at] ?? 0
    let end = at + 1
    while (end < length && sorted[end] === value) end++
    // Of the usual ones alone, and at least one in two of them is as strange as one that is not.
    let here = -Math.log10(Math.max(0.5, usual - at) / usual)
    if (law === undefined) here *= 2
    else if (value > threshold) here = decadesOf(value, law)
    if (here > FAR) here = FAR + Math.log(here / FAR) / 4
    // Body and tail need not meet exactly: the order is kept.
    decades = at === 0 ? 0 : Math.max(here, decades * (1 + 1e-12))
    for (; at < end; at++) result[order[at] ?? 0] = 10 ** -decades
  }
  return result
}
