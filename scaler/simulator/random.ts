/** Chance that a seed repeats. */

/** A number in [0, 1), another one at each call. */
export type Random = () => number

/** mulberry32. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Above this mean a Poisson number is taken from the normal distribution: it can't be told apart there. */
const NORMAL_ABOVE = 64

/** A whole number from the Poisson distribution. */
export const poisson = (random: Random, mean: number): number => {
  if (mean > NORMAL_ABOVE) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  const floor = Math.exp(-mean)
  let product = random()
  let events = 0
  while (product > floor) {
    product *= random()
    events++
  }
  return events
}
