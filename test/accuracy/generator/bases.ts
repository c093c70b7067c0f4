/** Signals without anomalies, of many kinds. */
import type { Chance } from './chance.ts'
import type { Base } from './series.ts'

type Make = (rows: number, chance: Chance) => Base

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
/** A Monday. */
const EPOCH_MS = Date.UTC(2024, 0, 1)
const TURN = 2 * Math.PI

const fill = (rows: number, valueAt: (row: number) => number): Float64Array => {
  const values = new Float64Array(rows)
  for (let row = 0; row < rows; row++) values[row] = valueAt(row)
  return values
}

const everyMs = (rows: number, stepMs: number): Float64Array => fill(rows, (row) => EPOCH_MS + row * stepMs)

const cyclesOf = (rows: number, period: number): number[] =>
  Array.from({ length: Math.floor(rows / period) + 1 }, (_, cycle) => Math.round(cycle * period))

const base = (parts: Partial<Base> & Pick<Base, 'values' | 'noise'>): Base => ({
  spread: parts.noise,
  cycles: [],
  finish: (value) => value,
  timesMs: undefined,
  missing: 0,
  ...parts,
})

/** Sines of a period and its parts, with an amplitude around 1. */
const waveform = (chance: Chance, harmonics: number): ((turns: number) => number) => {
  const parts = Array.from({ length: harmonics }, (_, k) => ({
    turns: k + 1,
    size: k === 0 ? 1 : chance.uniform(0, 1 / (k + 1)),
    phase: chance.uniform(0, TURN),
  }))
  return (turns) =>
    parts.reduce((sum, part) => sum + part.size * Math.sin(TURN * turns * part.turns + part.phase), 0)
}

/** Weights of the days of a week: five alike, and two. */
const weekOf = (chance: Chance): ((day: number) => number) => {
  const weekend = chance.happens(0.7) ? chance.uniform(0.3, 0.8) : 1
  return (day) => (Math.floor(day) % 7 >= 5 ? weekend : 1)
}

/** The steps that people take, so that three weeks at least fit in. */
const stepFor = (rows: number, chance: Chance): number => {
  const minutes = rows < 2500 ? ([30, 60] as const) : rows < 7500 ? ([15, 30] as const) : ([5, 15] as const)
  return chance.pick<number>(minutes) * MINUTE_MS
}

/** A day and a week, with noise. */
const seasonal: Make = (rows, chance) => {
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

/** A period that is nobody's calendar, with harmonics. */
const harmonics: Make = (rows, chance) => {
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
const pulses: Make = (rows, chance) => {
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

const walk: Make = (rows, chance) => {
  let at = chance.uniform(50, 150)
  const values = fill(rows, () => {
    at += chance.normal()
    return at
  })
  return base({ values, noise: 1, spread: 3, timesMs: everyMs(rows, MINUTE_MS) })
}

const autoregressive: Make = (rows, chance) => {
  const follow = chance.uniform(0.2, 0.9)
  let at = 0
  const values = fill(rows, () => {
    at = follow * at + chance.normal()
    return 20 + at
  })
  return base({ values, noise: 1, spread: 1 / Math.sqrt(1 - follow ** 2) })
}

/** Requests a step: Poisson's counts with a day, and bursts that are usual. */
const counts: Make = (rows, chance) => {
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

/** Use of a processor, %: a few levels, each for a while. */
const levels: Make = (rows, chance) => {
  const low = chance.uniform(10, 25)
  const gap = chance.uniform(5, 12)
  const noise = chance.uniform(0.4, 1.2)
  let level = 0
  let left = 0
  const values = fill(rows, () => {
    if (left-- <= 0) {
      level = chance.integer(0, 2)
      left = 20 + chance.exponential(100)
    }
    return low + gap * level + chance.normal(noise)
  })
  return base({
    values,
    noise: 2 * noise,
    spread: 1.5 * gap,
    finish: (value) => Math.min(100, Math.max(0, value)),
    timesMs: everyMs(rows, 5 * MINUTE_MS),
  })
}

/** A cycle on a trend that turns now and then. */
const trend: Make = (rows, chance) => {
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
const machine: Make = (rows, chance) => {
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

/** A day, looked at when there was something to see, and not for hours. */
const irregular: Make = (rows, chance) => {
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

/** A slow cycle, told in few steps. */
const quantised: Make = (rows, chance) => {
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

/** A day and a week of which values are missing, alone and in a row. */
const holes: Make = (rows, chance) => ({ ...seasonal(rows, chance), missing: chance.uniform(0.01, 0.05) })

export const bases = {
  seasonal,
  harmonics,
  pulses,
  walk,
  autoregressive,
  counts,
  levels,
  trend,
  machine,
  irregular,
  quantised,
  holes,
} as const satisfies Readonly<Record<string, Make>>
export type BaseName = keyof typeof bases
export const baseNames = Object.keys(bases) as [BaseName, ...BaseName[]]
