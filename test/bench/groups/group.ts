/** A part of the benchmark that can be run by itself. */
import type { Bench, Contestant } from '../contestants/contestant.ts'
import type { Section } from '../lib/section.ts'

export interface Context extends Bench {
  /** Those that can run here, and that were asked for. */
  readonly contestants: readonly Contestant[]
  /** A short run that guards against regressions. */
  readonly quick: boolean
  /** Rounds of each comparison, where the group has no reason for fewer. */
  readonly rounds: number
  /** How long each measurement of a rate takes, seconds. */
  readonly seconds: number
  /** Numbers of workers, where the group takes turns of them. */
  readonly workers?: readonly number[] | undefined
  /** Tells how it goes on. */
  say(line: string): void
}

export interface Group {
  readonly name: string
  readonly about: string
  /** Whether it belongs to the quick run. */
  readonly quick: boolean
  /** Parts of it that can be run alone: `submit.single`. */
  readonly parts?: readonly string[]
  run(context: Context, part: string | undefined): Promise<Section[]>
}

/** The contestants of these names, in this order; those that are not in this run are left out. */
export const pick = ({ contestants }: Context, names: readonly string[]): Contestant[] =>
  names.flatMap((name) => contestants.find((it) => it.name === name) ?? [])
