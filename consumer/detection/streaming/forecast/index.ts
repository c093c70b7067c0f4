import type { StreamingDetector } from '../../detector.ts'
import { createForecast, forecastDefaults, forecastName } from './forecast.ts'

/** The default: see forecast.ts. */
export const forecast: StreamingDetector = {
  kind: 'streaming',
  name: forecastName,
  description:
    'Forecasts each value from those before it (level, day, week, and seasons it finds) and scores how improbable ' +
    'the distance is: spikes, jumps, lasting shifts, missed cycles.',
  source:
    'Our own: robust exponential smoothing (Gelper, Fried, Croux 2010), peaks over threshold on streams (Siffer et al. 2017)',
  cost: 'O(n log n) time, O(1) memory',
  multivariate: false,
  minPoints: 1,
  maxPoints: 10_000_000,
  parameters: forecastDefaults,
  open: (state) => createForecast(forecastDefaults, state),
}
