import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { cluster, squaredDistance } from '../signal/cluster.ts'
import { type Embedding, embed } from '../signal/embedding.ts'
import { standardize } from '../signal/standard.ts'
import { strongest } from '../signal/strongest.ts'
import { spread } from '../signal/windows.ts'

/** The longest window, in points and in the samples taken of each column. */
const longest = 1024
const samples = 32
/** Clusters, at most, and as many windows as make one at least. */
const clusters = 30
const leastMembers = 10
/** The clusters are those of so many windows, evenly taken. */
const learned = 2000
/** A window of less deviation than this (in units of the series') isn't blown up to the others' size: noise has no shape. */
const flat = 0.2
/** Multiplications for all scores: in longer series not every window is looked at. */
const budget = 3e8
/** Of the windows that cover a point, those that find it usual count more. */
const power = -1

/** In place: mean 0 and deviation 1, or less for a window that is nearly flat. */
const normalize = (vector: Float64Array): void => {
  let mean = 0
  for (const value of vector) mean += value / vector.length
  let square = 0
  for (let k = 0; k < vector.length; k++) {
    const value = (vector[k] ?? 0) - mean
    vector[k] = value
    square += value * value
  }
  const deviation = Math.sqrt(square / vector.length + flat * flat)
  for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] ?? 0) / deviation
}

/** The distance of each window from the nearest centre, after `prepare`. */
const distances = (embedding: Embedding, prepare: (vector: Float64Array) => void): Float64Array => {
  const { size, count } = embedding
  const every = Math.ceil(count / learned)
  const vectors = Array.from({ length: Math.ceil(count / every) }, (_, at) => {
    const vector = new Float64Array(size)
    embedding.readUsual(at * every, vector)
    prepare(vector)
    return vector
  })
  const most = Math.max(1, Math.min(clusters, Math.floor(vectors.length / leastMembers)))
  const { centres } = cluster(vectors, most)
  const stride = Math.ceil((count * size * centres.length) / budget)
  const vector = new Float64Array(size)
  const least = new Float64Array(count)
  for (let start = 0; start < count; start += stride) {
    embedding.read(start, vector)
    prepare(vector)
    let nearest = Number.POSITIVE_INFINITY
    for (const centre of centres) nearest = Math.min(nearest, squaredDistance(vector, centre))
    least.fill(Math.sqrt(nearest / size), start, Math.min(count, start + stride))
  }
  return least
}

const detect = ({ columns }: Input): Evidence => {
  const points = columns[0].values.length
  const embedding = embed(
    columns.map(({ values }) => standardize(values)),
    longest,
    samples,
  )
  const { length, period, remark } = embedding.windows
  const scores = [normalize, () => {}].map((prepare) =>
    spread(distances(embedding, prepare), length, points, power),
  )
  return {
    strangeness: strongest(scores),
    parameters: { window: length, period: period ?? 'none', clusters, samples: embedding.size },
    remarks: [
      remark,
      `Windows of ${length} points were compared with the usual shapes and the usual courses.`,
    ],
  }
}

/**
 * How far windows are from the nearest of some typical ones: of typical shapes, all windows brought to the same level and size
 * (z-normalized), and of typical courses, as they are.
 */
export const kmeans: BatchDetector = {
  kind: 'batch',
  name: 'kmeans',
  description:
    'Windows of a shape or a course that is none of the usual ones: where there are several of them, too.',
  source:
    'Yairi, Kato and Hori, "Fault detection by mining association rules from house-keeping data", 2001 (KMeansAD); k-means++: Arthur and Vassilvitskii, SODA 2007',
  cost: 'time O(n·w·k), memory O(n), for windows of w samples and k clusters',
  multivariate: true,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
