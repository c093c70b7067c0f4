import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { whitening } from '../signal/cholesky.ts'
import { embed } from '../signal/embedding.ts'
import { spread } from '../signal/windows.ts'

/** The longest window, in points and in the samples taken of it. */
const longest = 1024
const samples = 128
/** The covariance is that of so many windows, evenly taken. */
const learned = 20_000
/** What is added to each eigenvalue, as a share of their mean: directions of next to no variance don't outweigh all others. */
const ridge = 0.001
/** Multiplications for all scores: in longer series not every window is looked at. */
const budget = 2e9

const detect = ({ columns }: Input): Evidence => {
  const embedding = embed(
    columns.map(({ values }) => values),
    longest,
    samples,
  )
  const { size, count, windows } = embedding
  const vector = new Float64Array(size)

  const every = Math.ceil(count / learned)
  const mean = new Float64Array(size)
  const covariance = new Float64Array(size * size)
  let seen = 0
  for (let start = 0; start < count; start += every) {
    embedding.readUsual(start, vector)
    seen++
    for (let k = 0; k < size; k++) mean[k] = (mean[k] ?? 0) + (vector[k] ?? 0)
  }
  for (let k = 0; k < size; k++) mean[k] = (mean[k] ?? 0) / seen
  for (let start = 0; start < count; start += every) {
    embedding.readUsual(start, vector)
    for (let k = 0; k < size; k++) vector[k] = (vector[k] ?? 0) - (mean[k] ?? 0)
    for (let row = 0; row < size; row++) {
      const here = (vector[row] ?? 0) / seen
      for (let k = 0; k <= row; k++) {
        covariance[row * size + k] = (covariance[row * size + k] ?? 0) + here * (vector[k] ?? 0)
      }
    }
  }
  let trace = 0
  for (let k = 0; k < size; k++) trace += covariance[k * size + k] ?? 0
  const strangeness = new Float64Array(columns[0].values.length)
  const parameters = { window: windows.length, period: windows.period ?? 'none', samples: size, ridge }
  if (!(trace > 0)) return { strangeness, parameters, remarks: ['All values are alike.'] }

  const added = (ridge * trace) / size
  for (let k = 0; k < size; k++) covariance[k * size + k] = (covariance[k * size + k] ?? 0) + added
  const whiten = whitening(covariance, size, added)
  const stride = Math.ceil((count * size * size) / 2 / budget)
  const scores = new Float64Array(Math.ceil(count / stride))
  for (let window = 0; window < scores.length; window++) {
    embedding.read(window * stride, vector)
    for (let k = 0; k < size; k++) vector[k] = (vector[k] ?? 0) - (mean[k] ?? 0)
    let distance = 0
    for (let row = 0; row < size; row++) {
      const from = row * size
      let projection = 0
      for (let k = 0; k <= row; k++) projection += (whiten[from + k] ?? 0) * (vector[k] ?? 0)
      distance += projection * projection
    }
    scores[window] = Math.sqrt(distance / size)
  }
  return {
    strangeness: spread(scores, stride, windows.length, strangeness.length),
    parameters,
    remarks: [windows.remark],
  }
}

/**
 * Principal components of windows: how far a window is from the mean one, each component's share in units of its own
 * deviation. That is the Mahalanobis distance, so no component needs to be computed: the inverse of the covariance's
 * Cholesky factor gives the same sum.
 */
export const subPca: BatchDetector = {
  kind: 'batch',
  name: 'sub-pca',
  description:
    'Windows whose shape, level or roughness is unlike the others: a good first choice for series with a period.',
  source:
    'Aggarwal, "Outlier Analysis", 2017, section 3.3 (all components, weighted by 1/eigenvalue), on windows as in Liu and Paparrizos, "The Elephant in the Room" (TSB-AD), NeurIPS 2024',
  cost: 'time O(n·w²), memory O(n), for windows of w samples',
  multivariate: true,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
