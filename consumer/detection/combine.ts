import type { BatchDetector, Detector, Evidence, Input } from './detector.ts'
import { probabilityOf } from './score.ts'
import { scorePoints } from './score-points.ts'
import { movingMean } from './signal/moving-mean.ts'

export interface Part {
  readonly detector: Detector
  /**
   * Over so many points its evidence is spread, half of them before, the most where it was; 1 leaves it as it is. What judges single
   * points marks where an anomaly begins or is strongest; what judges windows marks all of it, and people do, too.
   */
  readonly spread: number
}

/** −log10 of the probability of each point. */
const decadesOf = (scores: Float64Array): Float64Array =>
  scores.map((score) => -Math.log10(probabilityOf(score)))

/**
 * Decades by which a single point must be improbable before it counts where it is, beside what is spread of it: 2 is the threshold of
 * batch detectors. Without this a lone spike is thinned out until nobody sees it; with less, what is not sure shows through.
 */
const SURE = 2

/** A mean of means: a triangle, whose top is where the evidence was as both widths are odd. */
const spreadOut = (decades: Float64Array, points: number): Float64Array => {
  const half = 2 * Math.floor(points / 4) + 1
  if (half === 1) return decades
  const usual = decades.reduce((sum, value) => sum + value, 0) / decades.length
  const spread = movingMean(movingMean(decades, half, usual), half, usual)
  return spread.map((value, at) => Math.max(value, (decades[at] ?? 0) - SURE))
}

const detect = (parts: readonly Part[], input: Input): Evidence => {
  const strangeness = new Float64Array(input.filled.length)
  const details = parts.map(({ detector, spread }) => {
    const { scores, band, parameters, remarks } = scorePoints(detector, input)
    for (const [at, decades] of spreadOut(decadesOf(scores), spread).entries()) {
      strangeness[at] = (strangeness[at] ?? 0) + Math.max(0, decades) / parts.length
    }
    const named = Object.entries(parameters).map(
      ([key, value]) => [`${detector.name}.${key}`, value] as const,
    )
    return { band, parameters: named, remarks: remarks.map((remark) => `${detector.name}: ${remark}`) }
  })
  const band = details.find((detail) => detail.band !== undefined)?.band
  return {
    strangeness,
    ...(band && { band }),
    parameters: Object.fromEntries(details.flatMap(({ parameters }) => parameters)),
    remarks: details.flatMap(({ remarks }) => remarks),
  }
}

/**
 * Several detectors as one. Each is calibrated by itself, and a point is as strange as the mean of the decades of improbability that they
 * find in it: one that is very sure is not outvoted by those that saw nothing, and two that are half sure say more than one does. The
 * sum of logarithms is that of Fisher's method ("Statistical Methods for Research Workers", 1932); as detectors of one series are not
 * independent, the mean is not taken for a probability but calibrated anew. (For averages among ensembles of outlier detectors:
 * Aggarwal and Sathe, "Theoretical Foundations and Algorithms for Outlier Ensembles", SIGKDD Explorations 17(1), 2015.)
 * The band is that of the first that has one. Costs what its parts cost.
 */
export const combine = (parts: readonly Part[]): BatchDetector => {
  const detectors = parts.map(({ detector }) => detector)
  const names = detectors.map(({ name }) => name)
  return {
    kind: 'batch',
    name: names.join(' + '),
    description: `The mean of the evidence of ${names.join(', ')}.`,
    source: detectors.map(({ source }) => source).join('; '),
    cost: detectors.map(({ cost, name }) => `${name}: ${cost}`).join('; '),
    // Each part looks at the columns in its own way.
    multivariate: true,
    minPoints: Math.max(...detectors.map(({ minPoints }) => minPoints)),
    maxPoints: Math.min(...detectors.map(({ maxPoints }) => maxPoints)),
    detect: (input) => detect(parts, input),
  }
}
