/** Chance that can be repeated: everything random of a chaos run comes from its seed. */

/** A number in [0, 1), another one at each call: see `randomFrom` of `test/support/random.ts`. */
export type Random = () => number

/** A whole number from `min` to `max`, both included. */
export const between = (random: Random, min: number, max: number): number =>
  min + Math.floor(random() * (max - min + 1))

/** One of these; undefined of none. `at` is in [0, 1). */
export const pick = <T>(items: readonly T[], at: number): T | undefined =>
  items[Math.floor(at * items.length)]

/** The same items in another order. */
export const shuffled = <T>(random: Random, items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
