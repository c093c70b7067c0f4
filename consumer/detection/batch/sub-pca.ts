import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { embed } from '../signal/embedding.ts'
import { mahalanobis } from '../signal/mahalanobis.ts'
import { standardize } from '../signal/standard.ts'
import { strongest } from '../signal/strongest.ts'
import { spread } from '../signal/windows.ts'

/**
 * Windows of one cycle, as long as that is no more than `longest` points: short ones, each point of them, for what is over
 * soon, and whole cycles in few samples for what lasts. The smaller the ridge, the more small deviations from a tight
 * relation count; the larger, the more the plain distance does.
 */
const scales = [
  { longest: 16, samples: 16, ridge: 0.003 },
  { longest: 64, samples: 64, ridge: 0.01 },
  { longest: 1024, samples: 32, ridge: 0.5 },
] as const

/** Almost all windows around a point must be strange, for it to be. */
const power = -4

const detect = ({ columns }: Input): Evidence => {
  const points = columns[0].values.length
  const standard = columns.map(({ values }) => standardize(values))
  const embeddings = scales.map(({ longest, samples }) => embed(standard, longest, samples))
  const strangeness = strongest(
    scales.map(({ ridge }, at) => {
      const embedding = embeddings[at]
      if (embedding === undefined) return new Float64Array(points)
      return spread(mahalanobis(embedding, ridge), embedding.windows.length, points, power)
    }),
  )
  const lengths = embeddings.map(({ windows }) => windows.length)
  const windows = embeddings[0]?.windows
  return {
    strangeness,
    parameters: { windows: lengths.join(', '), period: windows?.period ?? 'none' },
    remarks: [
      windows?.remark ?? '',
      `Windows of ${[...new Set(lengths)].join(', ')} points were compared with the usual ones.`,
    ],
  }
}

/** How far windows are from the usual one, along each principal component in units of its own deviation. */
export const subPca: BatchDetector = {
  kind: 'batch',
  name: 'sub-pca',
  description:
    'Levels, roughness and shapes unlike the others, short and long: a good first choice, with a period or without.',
  source:
    'Aggarwal, "Outlier Analysis", 2nd edition, 2017, section 3.3 (all components, weighted by 1/eigenvalue), on windows as Sub-PCA of TSB-AD (Liu and Paparrizos, "The Elephant in the Room", NeurIPS 2024), of three lengths',
  cost: 'time O(n·w²), memory O(n), for windows of w samples, 128 at most',
  multivariate: true,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
