import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { cluster } from '../signal/cluster.ts'
import { embed } from '../signal/embedding.ts'
import { standardize } from '../signal/standard.ts'
import { spread } from '../signal/windows.ts'

/** The longest window, in points and in the samples taken of it. */
const longest = 1024
const samples = 128
const clusters = 12
/** The clusters are those of so many windows, evenly taken. */
const learned = 4000
/** A window of less deviation than this (in units of the series') isn't blown up to the others' size: noise has no shape. */
const flat = 0.1
/** Multiplications for all scores: in longer series not every window is looked at. */
const budget = 1e9

/** In place: mean 0 and deviation 1, or less for a window that is nearly flat. */
const normalize = (vector: Float64Array): void => {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length
  let square = 0
  for (let k = 0; k < vector.length; k++) {
    const value = (vector[k] ?? 0) - mean
    vector[k] = value
    square += value * value
  }
  const deviation = Math.sqrt(square / vector.length + flat * flat)
  for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] ?? 0) / deviation
}

const detect = ({ columns }: Input): Evidence => {
  const embedding = embed(
    columns.map(({ values }) => standardize(values)),
    longest,
    samples,
  )
  const { size, count, windows } = embedding
  const vector = new Float64Array(size)
  const every = Math.ceil(count / learned)
  const vectors: Float64Array[] = []
  for (let start = 0; start < count; start += every) {
    const usual = new Float64Array(size)
    embedding.readUsual(start, usual)
    normalize(usual)
    vectors.push(usual)
  }
  const { centres } = cluster(vectors, clusters)
  const stride = Math.ceil((count * size * centres.length) / budget)
  const scores = new Float64Array(count)
  for (let start = 0; start < count; start += stride) {
    embedding.read(start, vector)
    normalize(vector)
    let nearest = Number.POSITIVE_INFINITY
    for (const centre of centres) {
      let square = 0
      for (let k = 0; k < size; k++) square += ((vector[k] ?? 0) - (centre[k] ?? 0)) ** 2
      if (square < nearest) nearest = square
    }
    scores.fill(Math.sqrt(nearest / size), start, Math.min(count, start + stride))
  }
  return {
    strangeness: spread(scores, windows.length, columns[0].values.length, 1),
    parameters: { window: windows.length, period: windows.period ?? 'none', clusters: centres.length },
    remarks: [windows.remark, `The windows fall into ${centres.length} shapes.`],
  }
}

export const kmeans: BatchDetector = {
  kind: 'batch',
  name: 'kmeans',
  description: 'Windows of a shape that occurs nowhere else, whatever their level and size.',
  source:
    'Yairi, Kato and Hori, "Fault detection by mining association rules from house-keeping data", 2001 (KMeansAD); k-means++: Arthur and Vassilvitskii, SODA 2007',
  cost: 'time O(n·w·k), memory O(n), for windows of w samples and k clusters',
  multivariate: true,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
