import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { matrixProfile } from '../signal/matrix-profile.ts'
import { standardize } from '../signal/standard.ts'
import { spread, windowsOf } from '../signal/windows.ts'

/** The longest window, in points. */
const longest = 1024
/** What deviates less (in units of the series' deviation) is flat. */
const flat = 0.3

const detect = ({ columns }: Input): Evidence => {
  const { values, lowest, highest } = standardize(columns[0].values)
  // No further than that: rounding errors of one huge value would stay in all covariances after it.
  const bounded = values.map((value) => Math.max(3 * lowest, Math.min(3 * highest, value)))
  const windows = windowsOf(bounded, longest)
  const { length } = windows
  const apart = length
  const { left, right } = matrixProfile(bounded, length, apart, flat)
  const scores = left.map((square, at) => {
    const least = Math.min(square, right[at] ?? 0)
    return Number.isFinite(least) ? Math.sqrt(Math.max(0, least)) : 0
  })
  return {
    strangeness: spread(scores, length, values.length, 1),
    parameters: { window: length, period: windows.period ?? 'none', apart },
    remarks: [windows.remark],
  }
}

/** Discords: the windows that are furthest from the most similar other one. */
export const discord: BatchDetector = {
  kind: 'batch',
  name: 'discord',
  description:
    'The one window of a shape that no other has, however faint, in series that repeat: exact, and slow.',
  source:
    'Zimmerman et al., "Matrix Profile XIV: Scaling Time Series Motif Discovery with GPUs to Break a Quintillion Pairwise Comparisons a Day and Beyond", SoCC 2019 (MPX)',
  cost: 'time O(n²), memory O(n)',
  multivariate: false,
  minPoints: 20,
  maxPoints: 100_000,
  detect,
}
