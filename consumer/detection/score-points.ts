/** One score a point, whatever the kind of the detector and however many columns. */
import { probabilities } from './calibrate.ts'
import type {
  Band,
  BatchDetector,
  Column,
  Detector,
  Input,
  Parameters,
  StreamingDetector,
} from './detector.ts'
import { scoreOf } from './score.ts'

export interface Scored {
  readonly scores: Float64Array
  /** The column that is strangest at each point, by its index. */
  readonly columnOf: Uint16Array
  readonly band: Band | undefined
  readonly parameters: Parameters
  readonly remarks: readonly string[]
}

interface Judged {
  readonly probabilities: Float64Array
  readonly band: Band | undefined
  readonly parameters: Parameters
  readonly remarks: readonly string[]
}

/**
 * No streaming detector knows a series at its beginning, so nothing is flagged in the first 15 % of the points, at most 750: the
 * probationary period of the Numenta Anomaly Benchmark (Lavin and Ahmad, ICMLA 2015). Batch detectors see the whole series before they
 * judge any of it, and have none.
 */
export const probationOf = (points: number): number => Math.min(750, Math.ceil(0.15 * points))

const stream = (detector: StreamingDetector, column: Column, { timesMs }: Input): Judged => {
  const length = column.values.length
  const judged = new Float64Array(length)
  const band = {
    expected: new Float64Array(length),
    lower: new Float64Array(length),
    upper: new Float64Array(length),
  }
  const detection = detector.open()
  let banded = false
  for (let point = 0; point < length; point++) {
    const value = column.missing?.[point] === 1 ? Number.NaN : (column.values[point] ?? Number.NaN)
    const judgement = detection.update(value, timesMs?.[point])
    judged[point] = judgement.probability
    band.expected[point] = judgement.expected
    band.lower[point] = judgement.lower
    band.upper[point] = judgement.upper
    banded ||= !Number.isNaN(judgement.expected)
  }
  judged.fill(1, 0, probationOf(length))
  const parameters = { ...detector.parameters, probation: probationOf(length) }
  return { probabilities: judged, band: banded ? band : undefined, parameters, remarks: [] }
}

/** The columns together; of what was measured alone the calibration learns, and it alone can be strange. */
const whole = (detector: BatchDetector, input: Input): Judged => {
  const { strangeness, band, parameters, remarks } = detector.detect(input)
  const [first] = input.columns
  const missing = input.columns.length === 1 ? first.missing : undefined
  if (missing === undefined) return { probabilities: probabilities(strangeness), band, parameters, remarks }
  const measured = probabilities(strangeness.filter((_, point) => missing[point] === 0))
  let at = 0
  const judged = strangeness.map((_, point) => (missing[point] === 0 ? (measured[at++] ?? 1) : 1))
  return { probabilities: judged, band, parameters, remarks }
}

const judge = (detector: Detector, column: Column, input: Input): Judged =>
  detector.kind === 'streaming'
    ? stream(detector, column, input)
    : whole(detector, {
        ...input,
        columns: [column],
        filled: column.missing ?? new Uint8Array(input.filled.length),
      })

/**
 * Runs the detector over the input. Columns that are judged each by itself: the least probability decides, and is corrected for that
 * there were several (Šidák, "Rectangular confidence regions…", JASA 62, 1967): 1 − (1 − p)^columns.
 */
export const scorePoints = (detector: Detector, input: Input): Scored => {
  const [first, ...others] = input.columns
  const together = detector.kind === 'batch' && detector.multivariate
  const {
    band,
    parameters,
    remarks,
    probabilities: least,
  } = together ? whole(detector, input) : judge(detector, first, input)
  const columnOf = new Uint16Array(least.length)
  const apart = together ? [] : others
  for (const [index, column] of apart.entries()) {
    for (const [point, probability] of judge(detector, column, input).probabilities.entries()) {
      if (probability >= (least[point] ?? 1)) continue
      least[point] = probability
      columnOf[point] = index + 1
    }
  }
  const chances = apart.length + 1
  // By way of logarithms, which keep what 1 − p would round away.
  const corrected = (p: number): number =>
    chances === 1 || p >= 1 ? p : -Math.expm1(chances * Math.log1p(-p))
  return { scores: least.map((p) => scoreOf(corrected(p))), columnOf, band, parameters, remarks }
}
