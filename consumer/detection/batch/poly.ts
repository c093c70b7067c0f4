import type { BatchDetector, Evidence, Input } from '../detector.ts'
import { polynomialFiller } from '../signal/polynomial.ts'
import { standardize } from '../signal/standard.ts'
import { movingMeans, spread, windowsOf } from '../signal/windows.ts'

const longest = 1024
const degree = 4
/** A window is told from this many times its length around it. */
const neighbourhood = 10
/** Windows overlap: one begins every so many parts of a window. */
const overlap = 4

const detect = ({ columns }: Input): Evidence => {
  const { values, lowest, highest, mean, deviation } = standardize(columns[0].values)
  const points = values.length
  const usual = values.map((value) => Math.max(lowest, Math.min(highest, value)))
  const windows = windowsOf(usual, longest)
  const { length } = windows
  const stride = Math.max(1, Math.floor(length / overlap))
  const fill = polynomialFiller(degree)
  const around = Math.min(points, Math.max(neighbourhood * length, 100))
  const expected = new Float64Array(points)
  const times = new Float64Array(points)
  const filled = new Float64Array(length)
  for (let start = 0; ; start += stride) {
    const holeFrom = Math.min(start, points - length)
    const holeTo = holeFrom + length
    const from = Math.max(0, Math.min(points - around, holeFrom + (length >> 1) - (around >> 1)))
    fill(usual, { from, to: from + around, holeFrom, holeTo }, filled)
    for (let at = holeFrom; at < holeTo; at++) {
      expected[at] = (expected[at] ?? 0) + (filled[at - holeFrom] ?? 0)
      times[at] = (times[at] ?? 0) + 1
    }
    if (holeTo >= points) break
  }
  for (let at = 0; at < points; at++)
    expected[at] = Math.max(lowest, Math.min(highest, (expected[at] ?? 0) / (times[at] ?? 1)))
  const squares = values.map((value, at) => (value - (expected[at] ?? 0)) ** 2)
  const strangeness = spread(movingMeans(squares, length).map(Math.sqrt), length, points, 1)
  const reach = 3 * deviation
  const inUnits = expected.map((value) => mean + deviation * value)
  return {
    strangeness,
    band: {
      expected: inUnits,
      lower: inUnits.map((value) => value - reach),
      upper: inUnits.map((value) => value + reach),
    },
    parameters: { window: length, period: windows.period ?? 'none', degree, neighbourhood: around },
    remarks: [windows.remark],
  }
}

export const poly: BatchDetector = {
  kind: 'batch',
  name: 'poly',
  description:
    'Stretches away from the smooth course of what is around them: other levels, other amplitudes.',
  source:
    'Li, Di, Shen et al., "FluxEV: A fast and effective unsupervised framework for time-series anomaly detection", WSDM 2021; POLY of TSB-AD: Liu and Paparrizos, NeurIPS 2024',
  cost: 'time O(n·d·40), memory O(n), for degree d',
  multivariate: false,
  minPoints: 20,
  maxPoints: 2_000_000,
  detect,
}
