/** Which series detectors are tuned on, and which they are reported on. */
import { kindsFor } from './anomalies.ts'
import { type BaseName, baseNames, bases } from './bases.ts'
import { chanceFrom } from './chance.ts'
import { generate } from './generate.ts'
import { generateMany, sharedBases } from './multivariate.ts'
import type { LabelledSeries } from './series.ts'

/** To be looked at as often as one likes. */
export const TUNING_SEED = 1_000
/** To be looked at in the table alone: who chooses parameters by these series has nothing left to report on. */
export const REPORTING_SEED = 500_000

export type CorpusName = 'tuning' | 'reporting'
const seedOf = (corpus: CorpusName): number => (corpus === 'tuning' ? TUNING_SEED : REPORTING_SEED)

/** Of each base: as many series with anomalies of one kind, then one with all kinds, then one without any. */
const SINGLE_KIND = 6
const VARIANTS = SINGLE_KIND + 2

const member = (name: BaseName, at: number, variant: number, round: number, seed: number): LabelledSeries => {
  if (variant === SINGLE_KIND) return generate(seed, { base: name, kind: 'mixed' })
  if (variant > SINGLE_KIND) return generate(seed, { base: name, anomalies: 0 })
  // Which kinds a base can show depends on its cycles alone, and all series of a base have them, or none.
  const kinds = kindsFor(bases[name](1000, chanceFrom(seed)), name)
  // Not the same kinds of each base: where there are more kinds than variants, each is left out by some.
  const kind = kinds[(variant + at + round * SINGLE_KIND) % kinds.length] ?? 'spike'
  return generate(seed, { base: name, kind })
}

/** Series of one column, the same ones at each call: `rounds` times 96, of 1,000 to 10,000 rows. Made as they are asked for. */
export function* univariate(corpus: CorpusName, rounds = 1): Generator<LabelledSeries> {
  for (let round = 0; round < rounds; round++) {
    for (let variant = 0; variant < VARIANTS; variant++) {
      for (const [at, name] of baseNames.entries()) {
        const seed = seedOf(corpus) + (round * VARIANTS + variant) * baseNames.length + at
        yield member(name, at, variant, round, seed)
      }
    }
  }
}

/** Of each signal: two series whose columns leave each other, one with an anomaly within a column, one mixed, one without any. */
const manyVariants = [
  { kind: 'relation' },
  { kind: 'relation' },
  { kind: 'shape' },
  { kind: 'mixed' },
  { anomalies: 0 },
] as const

/** Series of 2 to 5 columns, `rounds` times 30; with seeds of their own. */
export function* multivariate(corpus: CorpusName, rounds = 1): Generator<LabelledSeries> {
  let seed = seedOf(corpus) + 100_000
  for (let round = 0; round < rounds; round++) {
    for (const variant of manyVariants) {
      for (const base of sharedBases) yield generateMany(seed++, { base, ...variant })
    }
  }
}
