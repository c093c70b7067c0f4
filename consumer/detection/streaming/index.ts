/** The streaming detectors. */
import { AppError } from '../../../core/errors.ts'
import type { StreamingDetector } from '../detector.ts'
import { createForecast, forecastDefaults } from './forecast/forecast.ts'

const forecast: StreamingDetector = {
  kind: 'streaming',
  name: 'forecast',
  description:
    'Forecasts each value from those before it (level, day, week, and seasons it finds) and scores how improbable ' +
    'the distance is: spikes, jumps, lasting shifts, missed cycles.',
  source: 'of our own making; its parts are cited where they are',
  cost: 'time O(n log n), memory constant',
  multivariate: false,
  minPoints: 20,
  maxPoints: 10_000_000,
  parameters: forecastDefaults,
  open(state) {
    if (state !== undefined) throw new AppError('REQUEST_INVALID', 'the state is not one of forecast')
    const probability = createForecast(forecastDefaults)
    const unknown = { expected: Number.NaN, lower: Number.NaN, upper: Number.NaN }
    return {
      update: (value, timeMs) => ({
        probability: Number.isNaN(value) ? 1 : probability(value, timeMs),
        ...unknown,
      }),
      save: () => undefined,
    }
  },
}

export const streaming: readonly StreamingDetector[] = [forecast]
