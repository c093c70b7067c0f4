/**
 * What a score means. Every detector says how improbable a point is under the usual behaviour of its series: `p`. The score
 * is p on a logarithmic scale, bent so that it never saturates: with d = −log10(p) decades, score = d / (d + 3).
 *
 * | score | p | expected false alarms in 10,000 usual points |
 * | --- | --- | --- |
 * | 0.25 | 0.1 | 1,000 |
 * | 0.4 | 0.01 | 100 |
 * | 0.5 | 0.001 | 10 |
 * | 0.571 | 0.0001 | 1 |
 * | 0.667 | 0.000001 | 0.01 |
 *
 * The logarithm is that of the anomaly likelihood of the Numenta benchmark (Ahmad et al., "Unsupervised real-time anomaly
 * detection for streaming data", Neurocomputing 262, 2017).
 */

/** The decades of improbability that are half a score. */
const HALF_AT = 3

/** The least p that arithmetic here tells apart from 0. */
const LEAST = 1e-300

/** The score, from 0 (usual) to below 1, of a point that is so probable. */
export const scoreOf = (probability: number): number => {
  if (!(probability < 1)) return 0
  const decades = -Math.log10(Math.max(LEAST, probability))
  return decades / (decades + HALF_AT)
}

/** The probability that has this score: the inverse of {@link scoreOf}. */
export const probabilityOf = (score: number): number => 10 ** ((-HALF_AT * score) / (1 - score))

/** Of 10,000 points that are usual, how many are expected to score this or more. */
export const expectedFalseAlarms = (score: number): number => 10_000 * probabilityOf(score)

/**
 * From this score on a point is flagged where nobody says otherwise. Of a streaming detector, which is there to wake people up: 10
 * expected false alarms in 10,000 points. Of a batch detector, which people ask when they look at a series themselves: the strangest
 * hundredth of the usual points, too; its anomalies are stretches, most of which are less strange than a spike.
 */
export const DEFAULT_THRESHOLDS = { streaming: 0.5, batch: 0.4 } as const
/** Of the streaming ones. */
export const DEFAULT_THRESHOLD = DEFAULT_THRESHOLDS.streaming
