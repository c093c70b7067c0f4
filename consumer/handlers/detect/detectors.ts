import { createForecast, forecastDefaults } from '../../detection/streaming/forecast/forecast.ts'

/** The state of one run over one series: takes its rows in order, once each. */
export interface Detection {
  /**
   * The anomaly score of the row, from 0 (usual) to 1; it depends on this row and those before it only.
   * `timeMs` is the row's time (ms since the epoch) where the series has timestamps.
   */
  update(value: number, timeMs?: number): number
}

/** A way to detect. It reads any finite numbers and never returns NaN. */
export interface Detector {
  /** What it is good at, for people who choose. */
  readonly description: string
  /** The score from which on a row is flagged when the job does not say. */
  readonly threshold: number
  /** What it runs with; told with every result. */
  readonly parameters: Readonly<Record<string, number>>
  create(): Detection
}

/** Decades of probability that make the scores from 0 to 1. */
const decades = 6

/**
 * A probability as a score: on a logarithmic scale, as the Numenta benchmark has it for its anomaly likelihood (Ahmad
 * et al., "Unsupervised real-time anomaly detection for streaming data", Neurocomputing 262, 2017).
 * 0.5 is one row in a thousand, 1 is one in a million or rarer.
 */
export const scoreOf = (probability: number): number =>
  probability >= 1 ? 0 : Math.min(1, -Math.log10(probability) / decades)

const forecast: Detector = {
  description:
    'Forecasts each value from those before it (level, day, week, and seasons it finds) and scores how improbable ' +
    'the distance is: spikes, jumps, lasting shifts, missed cycles.',
  // About one row in 500 by the detector's own estimate.
  threshold: 0.45,
  parameters: forecastDefaults,
  create() {
    const detection = createForecast(forecastDefaults)
    return { update: (value, timeMs) => scoreOf(detection.update(value, timeMs).probability) }
  },
}

/** The detectors by name; a job that names none gets the default. */
export const detectors = { forecast } as const satisfies Readonly<Record<string, Detector>>
export type DetectorName = keyof typeof detectors
export const defaultDetector: DetectorName = 'forecast'
export const detectorNames = Object.keys(detectors) as [DetectorName, ...DetectorName[]]
