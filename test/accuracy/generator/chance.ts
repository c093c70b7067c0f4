/** Chance of the kinds that series are made of; all of it follows from the seed. */
import { randomFrom } from '../../support/random.ts'

export interface Chance {
  /** From `low` up to `high`. */
  uniform(low: number, high: number): number
  /** As often between 1 and 2 as between 2 and 4. */
  logUniform(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number
  normal(deviation?: number): number
  exponential(mean: number): number
  poisson(mean: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  happens(probability: number): boolean
  sign(): 1 | -1
}

/** Above this a normal distribution stands for Poisson's. */
const LARGE_MEAN = 60

export const chanceFrom = (seed: number): Chance => {
  const random = randomFrom(seed)
  const uniform = (low: number, high: number): number => low + random() * (high - low)
  const exponential = (mean: number): number => -mean * Math.log(1 - random())
  /** Box and Muller's transform. */
  const normal = (deviation = 1): number =>
    deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return {
    uniform,
    logUniform: (low, high) => Math.exp(uniform(Math.log(low), Math.log(high))),
    integer: (low, high) => low + Math.floor(random() * (high - low + 1)),
    normal,
    exponential,
    poisson(mean) {
      if (mean > LARGE_MEAN) return Math.max(0, Math.round(mean + normal(Math.sqrt(mean))))
      let count = 0
      for (let left = mean - exponential(1); left > 0; left -= exponential(1)) count++
      return count
    },
    pick: (items) => items[Math.floor(random() * items.length)] ?? items[0],
    happens: (probability) => random() < probability,
    sign: () => (random() < 0.5 ? -1 : 1),
  }
}
