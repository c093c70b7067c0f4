/** Signals with a period that is nobody's calendar, without anomalies. */
import { base, cyclesOf, everyMs, fill, type Make, MINUTE_MS, waveform } from './signal.ts'

/** A period that is nobody's calendar, with harmonics. */
export const harmonics: Make = (rows, chance) => {
  const period = chance.logUniform(20, Math.min(200, rows / 12))
  const wave = waveform(chance, chance.integer(1, 4))
  const noise = chance.logUniform(0.02, 0.12)
  return base({
    values: fill(rows, (row) => wave(row / period) + chance.normal(noise)),
    noise,
    spread: 1.5 * noise,
    cycles: cyclesOf(rows, period),
  })
}

/** Beats as of a heart: P, QRS and T as bells, each beat a little shorter or longer. */
export const pulses: Make = (rows, chance) => {
  const period = chance.logUniform(50, Math.min(200, rows / 12))
  const noise = chance.logUniform(0.01, 0.04)
  const bells = [
    { at: 0.2, width: 0.025, size: chance.uniform(0.1, 0.25) },
    { at: 0.36, width: 0.01, size: -0.15 },
    { at: 0.4, width: 0.012, size: chance.uniform(0.8, 1.2) },
    { at: 0.44, width: 0.01, size: -0.25 },
    { at: 0.65, width: 0.05, size: chance.uniform(0.2, 0.4) },
  ]
  const values = fill(rows, () => chance.normal(noise))
  const cycles: number[] = []
  for (let start = 0; start < rows; ) {
    cycles.push(Math.round(start))
    const length = period * (1 + chance.normal(0.02))
    const size = 1 + chance.normal(0.03)
    for (let row = Math.ceil(start); row < Math.min(rows, start + length); row++) {
      for (const bell of bells) {
        const away = ((row - start) / length - bell.at) / bell.width
        values[row] = (values[row] ?? 0) + size * bell.size * Math.exp(-(away ** 2) / 2)
      }
    }
    start += length
  }
  return base({ values, noise: 2 * noise, spread: 5 * noise, cycles })
}

/** A cycle on a trend that turns now and then. */
export const trend: Make = (rows, chance) => {
  const period = chance.logUniform(24, Math.min(150, rows / 12))
  const wave = waveform(chance, 2)
  const noise = chance.logUniform(0.04, 0.15)
  let slope = 0
  let height = 0
  return base({
    values: fill(rows, (row) => {
      slope = 0.998 * slope + chance.normal(0.0002)
      height += slope
      return height + wave(row / period) + chance.normal(noise)
    }),
    noise,
    spread: 2.5 * noise,
    cycles: cyclesOf(rows, period),
    timesMs: everyMs(rows, 10 * MINUTE_MS),
  })
}

/** A machine that is on for a part of each cycle; on and off come a little early or late. */
export const machine: Make = (rows, chance) => {
  const period = chance.logUniform(40, Math.min(200, rows / 12))
  const duty = chance.uniform(0.3, 0.7)
  const noise = chance.uniform(0.02, 0.06)
  const values = fill(rows, () => chance.normal(noise))
  const cycles: number[] = []
  for (let start = 0; start < rows; start += period * (1 + chance.normal(0.01))) {
    cycles.push(Math.round(start))
    const end = start + period * duty * (1 + chance.normal(0.02))
    for (let row = Math.round(start); row < Math.min(rows, end); row++) values[row] = (values[row] ?? 0) + 1
  }
  return base({ values, noise: 2 * noise, spread: 3 * noise, cycles })
}

/** A slow cycle, told in few steps. */
export const quantised: Make = (rows, chance) => {
  const period = chance.logUniform(50, Math.min(300, rows / 10))
  const step = chance.pick([0.1, 0.2, 0.25])
  const wave = waveform(chance, 1)
  const noise = step * chance.uniform(0.2, 0.5)
  return base({
    values: fill(rows, (row) => wave(row / period) + chance.normal(noise)),
    noise: step,
    spread: 1.2 * step,
    cycles: cyclesOf(rows, period),
    finish: (value) => Math.round(value / step) * step,
  })
}
