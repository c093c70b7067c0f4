/**
 * The detector `mad`: how far a value is from the median of the values around it, in units of their own spread. The Hampel
 * identifier (Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974; on a moving window: Pearson, "Outliers in
 * process modeling and identification", IEEE Transactions on Control Systems Technology 10, 2002): |x − median| / (1.4826 · MAD).
 *
 * The simplest that can be explained in a sentence, and what others have to beat. It sees single values that stick out of what is around
 * them, and the edges of jumps; it knows no season.
 */
import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { bandAround } from '../signal/banded.ts'
import { median } from '../signal/quantile.ts'
import { rollingSpread } from '../signal/rolling-median.ts'
import { roundingError } from '../signal/rounding.ts'
import { SIGMA_PER_MAD } from '../signal/sorted.ts'
import { standardize } from '../signal/standard.ts'

/** Points around, of which the median is taken. */
const WINDOW = 51
/** A calm stretch counts as no calmer than this share of the series' usual spread: else its rounding would be strange. */
const CALMEST = 0.25
/** Standard deviations of the band: of a normal distribution one in 1,000 is outside. */
const BAND = 3.29

const detect = ({ columns: [{ values }] }: Input): Evidence => {
  const standard = standardize(values)
  const { median: expected, mad } = rollingSpread(standard.values, WINDOW)
  const distance = standard.values.map((value, point) => Math.abs(value - (expected[point] ?? 0)))
  // Where more than half of all are alike to their neighbours, the mean stands for the median.
  const usual = median(distance) || distance.reduce((sum, it) => sum + it, 0) / distance.length
  const least = Math.max(roundingError(1), CALMEST * usual)
  const spread = mad.map((it) => SIGMA_PER_MAD * Math.max(least, it))
  return {
    strangeness: distance.map((it, point) => it / (spread[point] ?? 1)),
    band: bandAround(standard, expected, (point) => BAND * (spread[point] ?? 0)),
    parameters: { window: WINDOW, calmest: CALMEST, band: BAND },
    remarks: [`Each value was compared with the median of the ${Math.min(WINDOW, values.length)} around it.`],
  }
}

export const mad: BatchDetector = {
  kind: 'batch',
  name: 'mad',
  description:
    'Distance from the median of the values around, in units of their spread: spikes; explained in a sentence.',
  source:
    'Hampel, “The influence curve and its role in robust estimation”, 1974; Pearson, “Outliers in process modeling and identification”, 2002',
  cost: 'time O(n log w), memory O(n), for n points and windows of w = 51',
  multivariate: false,
  minPoints: 20,
  maxPoints: 10_000_000,
  detect,
}
