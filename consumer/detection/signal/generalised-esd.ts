import { deviationOfSorted, medianOfSorted, SIGMA_PER_MAD } from './sorted.ts'
import { studentExceededBy } from './student.ts'

/**
 * The largest |x − centre| / spread of n values that chance alone exceeds with probability `significance`, after `removed` have been taken
 * out: λ of Rosner, "Percentage points for a generalized ESD many-outlier procedure", Technometrics 25, 1983.
 */
export const criticalDeviation = (n: number, removed: number, significance: number): number => {
  const left = n - removed
  const t = studentExceededBy(significance / (2 * left), left - 2)
  return ((left - 1) * t) / Math.sqrt((left - 2 + t * t) * left)
}

/** What is usual of values, once the outliers are out. */
export interface Usual {
  readonly center: number
  /** Standard deviation, by the MAD. */
  readonly spread: number
  readonly outliers: number
}

/**
 * The generalised ESD test with median and MAD in place of mean and deviation (Hochenbaum, Vallis and Kejariwal, 2017): takes out the value
 * farthest from the median, again and again, at most `most` times; the outliers are those up to the last one beyond its λ. What is taken
 * out of sorted values is always at one of their ends, so a step costs O(log n).
 * @param floor the least spread: what is below is rounding
 */
export const generalisedEsd = (
  sorted: Float64Array,
  most: number,
  significance: number,
  floor: number,
): Usual => {
  let low = 0
  let high = sorted.length
  const usual = (): { center: number; spread: number } => {
    const center = medianOfSorted(sorted, low, high)
    return { center, spread: Math.max(floor, SIGMA_PER_MAD * deviationOfSorted(sorted, low, high, center)) }
  }
  let best: Usual = { ...usual(), outliers: 0 }
  // Below three values λ has no degrees of freedom.
  for (let removed = 0; removed < most && high - low > 3; removed++) {
    const { center, spread } = usual()
    const [below, above] = [center - (sorted[low] ?? 0), (sorted[high - 1] ?? 0) - center]
    const beyond = Math.max(below, above) / spread > criticalDeviation(sorted.length, removed, significance)
    if (below > above) low++
    else high--
    if (beyond) best = { ...usual(), outliers: removed + 1 }
  }
  return best
}
