/** Signals of a day and a week, without anomalies. */
import {
  base,
  cyclesOf,
  DAY_MS,
  EPOCH_MS,
  everyMs,
  fill,
  type Make,
  MINUTE_MS,
  stepFor,
  waveform,
  weekOf,
} from './signal.ts'

/** A day and a week, with noise. */
export const seasonal: Make = (rows, chance) => {
  const stepMs = stepFor(rows, chance)
  const day = waveform(chance, 3)
  const week = weekOf(chance)
  const noise = chance.logUniform(0.03, 0.15)
  const scale = chance.logUniform(1, 1000)
  const dayAt = (row: number): number => (row * stepMs) / DAY_MS
  return base({
    values: fill(rows, (row) => scale * (3 + day(dayAt(row)) * week(dayAt(row)) + chance.normal(noise))),
    noise: noise * scale,
    spread: 1.5 * noise * scale,
    cycles: cyclesOf(rows, DAY_MS / stepMs),
    timesMs: everyMs(rows, stepMs),
  })
}

/** A day and a week of which values are missing, alone and in a row. */
export const holes: Make = (rows, chance) => ({
  ...seasonal(rows, chance),
  missing: chance.uniform(0.01, 0.05),
})

/** Requests a step: Poisson's counts with a day, and bursts that are usual. */
export const counts: Make = (rows, chance) => {
  const stepMs = stepFor(rows, chance)
  const rate = chance.logUniform(4, 60)
  const day = waveform(chance, 2)
  const depth = chance.uniform(0.2, 0.5)
  let burst = 0
  const values = fill(rows, (row) => {
    burst = chance.happens(0.02) ? chance.exponential(0.6) : burst * 0.5
    return chance.poisson(rate * (1 + depth * day((row * stepMs) / DAY_MS)) * (1 + burst))
  })
  const noise = 1.5 * Math.sqrt(rate)
  return base({
    values,
    noise,
    spread: noise,
    cycles: cyclesOf(rows, DAY_MS / stepMs),
    finish: (value) => Math.max(0, Math.round(value)),
    timesMs: everyMs(rows, stepMs),
  })
}

/** A day, looked at when there was something to see, and not for hours. */
export const irregular: Make = (rows, chance) => {
  const meanMs = chance.uniform(15, 40) * MINUTE_MS
  const timesMs = new Float64Array(rows)
  let now = EPOCH_MS
  for (let row = 0; row < rows; row++) {
    now += Math.ceil(meanMs * (0.3 + chance.exponential(0.7)))
    if (chance.happens(0.004)) now += chance.uniform(3, 20) * 60 * MINUTE_MS
    timesMs[row] = now
  }
  const day = waveform(chance, 2)
  const noise = chance.uniform(0.08, 0.2)
  return base({
    values: fill(rows, (row) => 50 + 10 * (day((timesMs[row] ?? 0) / DAY_MS) + chance.normal(noise))),
    noise: 10 * noise,
    spread: 15 * noise,
    timesMs,
  })
}
