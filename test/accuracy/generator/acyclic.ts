/** Signals without a cycle, without anomalies. */
import { base, everyMs, fill, type Make, MINUTE_MS } from './signal.ts'

export const walk: Make = (rows, chance) => {
  let at = chance.uniform(50, 150)
  const values = fill(rows, () => {
    at += chance.normal()
    return at
  })
  return base({ values, noise: 1, spread: 3, timesMs: everyMs(rows, MINUTE_MS) })
}

export const autoregressive: Make = (rows, chance) => {
  const follow = chance.uniform(0.2, 0.9)
  let at = 0
  const values = fill(rows, () => {
    at = follow * at + chance.normal()
    return 20 + at
  })
  return base({ values, noise: 1, spread: 1 / Math.sqrt(1 - follow ** 2) })
}

/** Use of a processor, %: a few levels, each for a while. */
export const levels: Make = (rows, chance) => {
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
