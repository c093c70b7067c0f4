import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { fourier, powerOfTwo } from '../signal/fourier.ts'
import { standardize } from '../signal/standard.ts'

/** Points of a segment: its spectrum is judged by itself. Its outer quarters belong to its neighbours. */
const segment = 2048
/** Frequencies of which the mean is the usual amplitude (q in the paper). */
const frequencies = 3
/** Points around, of which the mean is the usual saliency (z in the paper). */
const around = 21
/** Amplitudes of less, for values of deviation 1, are rounding errors. */
const silent = 1e-9

/** In place: the saliency map of one segment, whose length is that of the transform. */
const saliency = (
  re: Float64Array,
  im: Float64Array,
  transform: (re: Float64Array, im: Float64Array) => void,
): void => {
  const length = re.length
  transform(re, im)
  const logs = re.map((value, k) => Math.log(Math.max(silent, Math.hypot(value, im[k] ?? 0))))
  for (let k = 0; k < length; k++) {
    let sum = 0
    for (let near = 0; near < frequencies; near++) {
      sum += logs[(k + near - (frequencies >> 1) + length) % length] ?? 0
    }
    // exp(log A − usual) / A: what the amplitude becomes, by what it is.
    const gain = Math.exp(-sum / frequencies)
    re[k] = (re[k] ?? 0) * gain
    im[k] = (im[k] ?? 0) * gain
  }
  transform(im, re)
  for (let at = 0; at < length; at++) re[at] = Math.hypot(re[at] ?? 0, im[at] ?? 0) / length
}

const detect = ({ columns }: Input): Evidence => {
  const { values } = standardize(columns[0].values)
  const points = values.length
  const length = Math.min(segment, powerOfTwo(points))
  const transform = fourier(length)
  const [re, im] = [new Float64Array(length), new Float64Array(length)]
  const salient = new Float64Array(points)
  const quarter = length / 4
  for (let first = points <= length ? -((length - points) >> 1) : -quarter; ; first += 2 * quarter) {
    for (let at = 0; at < length; at++) re[at] = values[mirrored(first + at, points)] ?? 0
    im.fill(0)
    saliency(re, im, transform)
    const [from, to] = points <= length ? [0, points] : [first + quarter, first + 3 * quarter]
    for (let at = from; at < Math.min(points, to); at++) salient[at] = re[at - first] ?? 0
    if (to >= points) break
  }
  let total = 0
  for (const value of salient) total += value
  const floor = total / points
  const strangeness = new Float64Array(points)
  if (floor > 0) {
    let sum = 0
    for (let at = 0; at < points; at++) {
      const count = Math.min(at, around)
      const usual = count > 0 ? sum / count : floor
      strangeness[at] = Math.max(0, (salient[at] ?? 0) - usual) / (usual + floor)
      sum += (salient[at] ?? 0) - (at >= around ? (salient[at - around] ?? 0) : 0)
    }
  }
  return {
    strangeness,
    parameters: { segment: length, frequencies, around },
    remarks: [`Spectra of ${length} points.`],
  }
}

/** The series goes on beyond its ends as in a mirror. */
const mirrored = (at: number, points: number): number => {
  const turn = Math.max(1, 2 * (points - 1))
  const within = ((at % turn) + turn) % turn
  return within < points ? within : turn - within
}

/** Spectral residual: what is left of a series when the amplitudes of its spectrum are made even. */
export const spectralResidual: BatchDetector = {
  kind: 'batch',
  name: 'spectral-residual',
  description:
    'Single points and edges that break the rhythm of their surroundings; no training, no period needed.',
  source: 'Ren et al., "Time-Series Anomaly Detection Service at Microsoft", KDD 2019',
  cost: 'time O(n log s), memory O(n), for segments of s points',
  multivariate: false,
  minPoints: 20,
  maxPoints: 10_000_000,
  detect,
}
