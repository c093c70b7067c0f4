/**
 * The floors of the quick run: what each ratio was when they were set, and how much worse it may be than that for noise. A ratio below its
 * floor is a regression. `make bench QUICK=1 ARGS=--set-floors` writes them anew; do so after a change that makes a ratio better, or
 * with a reason.
 */
import { z } from 'zod'
import type { Ratio } from './section.ts'
import { median } from './statistics.ts'

export const floorsFile = z.object({
  about: z.string(),
  /** The part of the value by which it may be worse. */
  margin: z.number().min(0).max(1),
  /** By the ratio's name: its value when it was set, and whether more or less of it is better. */
  ratios: z.record(z.string(), z.object({ value: z.number(), better: z.enum(['more', 'less']) })),
})
export type Floors = z.output<typeof floorsFile>

const limitOf = ({ value, better }: Floors['ratios'][string], margin: number): number =>
  better === 'more' ? value * (1 - margin) : value / (1 - margin)

/** A line for each ratio that is worse than its floor. Those that were not measured, and those without a floor, say nothing. */
export const belowFloors = (measured: readonly Ratio[], { margin, ratios }: Floors): string[] =>
  measured.flatMap(({ name, values }) => {
    const floor = ratios[name]
    if (floor === undefined) return []
    const limit = limitOf(floor, margin)
    const value = median(values)
    // A ratio that is no number is no better than its floor.
    const holds = floor.better === 'more' ? value >= limit : value <= limit
    const bound = floor.better === 'more' ? 'at least' : 'at most'
    return holds
      ? []
      : [
          `${name}: ${value.toFixed(2)}, must be ${bound} ${limit.toFixed(2)} (${floor.value.toFixed(2)} when the floors were set, ${Math.round(margin * 100)} % for noise)`,
        ]
  })

/** The floors that this run would set: of every ratio that has a goal. */
export const floorsOf = (measured: readonly Ratio[], { about, margin }: Floors): Floors => ({
  about,
  margin,
  ratios: Object.fromEntries(
    measured.flatMap(({ name, values, goal }) =>
      goal === undefined
        ? []
        : [[name, { value: Number(median(values).toFixed(3)), better: goal.better }] as const],
    ),
  ),
})
