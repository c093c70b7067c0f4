/**
 * The detector `relative-entropy`: a multinomial goodness-of-fit test of the last values against what was usual before.
 *
 * Wang, Viswanathan, Choudur, Talwar, Satterfield and Schwan, "Statistical techniques for online anomaly detection in
 * data centers", IM 2011, figure 1, with the parameters of the Numenta benchmark (window 52, 5 bins): the values of the
 * last window, in bins of equal width over the range, are a histogram P. Each hypothesis is the histogram Q of an
 * earlier window. 2 W · KL(P‖Q) is about chi-squared with (bins − 1) degrees of freedom if the window is of its kind.
 * Rejected by all hypotheses, the window is an anomaly and a hypothesis of its own from then on.
 *
 * The benchmark tells its detectors the least and the largest value of the file beforehand; a stream does not know them.
 * Here the range is that of the values so far: when it grows, all hypotheses, kept with their values, are binned anew.
 */
import type { Detection, Judgement, StreamingDetector } from '../detector.ts'
import { savedBy, savedCount, savedFloats } from './saved.ts'

export const relativeEntropyDefaults = {
  /** Values that are tested together. */
  window: 52,
  bins: 5,
  /** A hypothesis is rejected below this probability. */
  significance: 0.001,
  /** Hypotheses kept: of more, the one that agreed longest ago is forgotten. */
  hypotheses: 64,
} as const
export type RelativeEntropyParameters = { readonly [K in keyof typeof relativeEntropyDefaults]: number }

const name = 'relative-entropy'
const version = 1
/** A bin that is new to a hypothesis is impossible under it; this stands for it. */
const impossible = 1e-12

/**
 * P(X ≥ x) of the chi-squared distribution with an even number of degrees of freedom: e^(−x/2) · Σ (x/2)^k / k! for k
 * below half of them (Abramowitz and Stegun, 26.4.21 and 26.4.4).
 */
export const chiSquaredTail = (x: number, degrees: number): number => {
  let term = 1
  let sum = 0
  for (let k = 0; k < degrees / 2; k++) {
    sum += term
    term *= x / 2 / (k + 1)
  }
  return Math.min(1, Math.exp(-x / 2) * sum)
}

/** KL(P‖Q) in nats of two histograms with the same number of values; infinite where Q excludes what P has. */
export const relativeEntropy = (p: Float64Array, q: Float64Array, total: number): number => {
  let sum = 0
  for (let bin = 0; bin < p.length; bin++) {
    const count = p[bin] ?? 0
    if (count > 0) sum += (count / total) * Math.log(count / (q[bin] ?? 0))
  }
  return sum
}

interface Hypothesis {
  readonly values: Float64Array
  counts: Float64Array
}

export const createRelativeEntropy = (parameters: RelativeEntropyParameters, state?: unknown): Detection => {
  const { window, bins, significance, hypotheses: most } = parameters
  const saved = state === undefined ? undefined : savedBy(state, name, version)
  let rows = saved ? savedCount(saved, 'rows') : 0
  const last = saved ? savedFloats(saved, 'last', window) : new Float64Array(window)
  let [least = 0, largest = 0] = saved ? savedFloats(saved, 'range', 2) : []

  const binOf = (value: number): number => {
    // Halves, so that the width of the widest range is finite.
    const share = (value / 2 - least / 2) / (largest / 2 - least / 2)
    return largest > least ? Math.min(bins - 1, Math.floor(share * bins)) : 0
  }
  const binned = (values: Float64Array): Float64Array => {
    const counts = new Float64Array(bins)
    for (const value of values) {
      const bin = binOf(value)
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    return counts
  }
  const keptValues = saved ? savedFloats(saved, 'hypotheses') : new Float64Array(0)
  /** The one that agreed last comes first. */
  let known: Hypothesis[] = Array.from({ length: Math.min(most, keptValues.length / window) }, (_, at) => {
    const values = keptValues.slice(at * window, (at + 1) * window)
    return { values, counts: binned(values) }
  })

  const widen = (value: number): void => {
    if (rows > 0 && value >= least && value <= largest) return
    least = rows === 0 ? value : Math.min(least, value)
    largest = rows === 0 ? value : Math.max(largest, value)
    for (const each of known) each.counts = binned(each.values)
  }

  const probabilityOf = (): number => {
    const counts = binned(last)
    let nearest: Hypothesis | undefined
    let entropy = Number.POSITIVE_INFINITY
    for (const each of known) {
      const here = relativeEntropy(counts, each.counts, window)
      if (here < entropy) {
        nearest = each
        entropy = here
      }
    }
    const first = known.length === 0
    const probability = first ? 1 : Math.max(impossible, chiSquaredTail(2 * window * entropy, bins - 1))
    const agreed = nearest !== undefined && probability >= significance ? nearest : undefined
    const front = agreed ?? { values: last.slice(), counts }
    known = [front, ...known.filter((each) => each !== agreed)].slice(0, most)
    return probability
  }

  const judged = (probability: number): Judgement => ({
    probability,
    expected: Number.NaN,
    lower: Number.NaN,
    upper: Number.NaN,
  })

  return {
    update(value) {
      if (Number.isNaN(value)) return judged(1)
      widen(value)
      last[rows % window] = value
      rows++
      return judged(rows < window ? 1 : probabilityOf())
    },
    save() {
      const values = new Float64Array(known.length * window)
      for (const [at, each] of known.entries()) values.set(each.values, at * window)
      return {
        detector: name,
        version,
        rows,
        last: last.slice(),
        range: Float64Array.of(least, largest),
        hypotheses: values,
      }
    },
  }
}

export const relativeEntropyDetector: StreamingDetector = {
  kind: 'streaming',
  name,
  description:
    'Tests whether the last 52 values are distributed as in any earlier window: the baseline that others are compared with.',
  source:
    'Wang, Viswanathan, Choudur, Talwar, Satterfield, Schwan: Statistical techniques for online anomaly detection in data centers, 2011',
  cost: 'O(n · h) time, O(h) memory for h hypotheses, at most 64',
  multivariate: false,
  minPoints: 1,
  maxPoints: 10_000_000,
  parameters: relativeEntropyDefaults,
  open: (state) => createRelativeEntropy(relativeEntropyDefaults, state),
}
