/** The command line of `make accuracy`. */
import { parseArgs } from 'node:util'
import type { CorpusName } from './generator/corpus.ts'

export const corpora = ['samples', 'univariate', 'multivariate'] as const
export type Corpus = (typeof corpora)[number]

export interface Options {
  readonly detectors: readonly string[]
  readonly corpora: readonly Corpus[]
  readonly seeds: CorpusName
  /** How many times as many synthetic series. */
  readonly rounds: number
  /** Every series in a line of its own. */
  readonly each: boolean
}

export const USAGE = `make accuracy [ARGS="…"]: how well the detectors find anomalies that are known.
  --detectors a,b   these alone (default: all)
  --corpus a,b      of ${corpora.join(', ')} (default: all)
  --seeds tuning    synthetic series to choose parameters by; the default, reporting, is for the final table alone
  --rounds N        N times as many synthetic series (default 1)
  --each            every series in a line of its own, too
make accuracy ARGS="speed [--detectors a,b]": time and memory at 10,000, 100,000 and 1,000,000 points.`

const list = <T extends string>(
  name: string,
  text: string | undefined,
  known: readonly T[],
): readonly T[] => {
  if (text === undefined) return known
  return text.split(',').map((item) => {
    const found = known.find((each) => each === item)
    if (found === undefined) throw new Error(`--${name}: "${item}" is none of ${known.join(', ')}`)
    return found
  })
}

/** @throws Error on what it does not know */
export const readOptions = (args: readonly string[], detectors: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      detectors: { type: 'string' },
      corpus: { type: 'string' },
      seeds: { type: 'string', default: 'reporting' },
      rounds: { type: 'string', default: '1' },
      each: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: ${values.rounds} is no number from 1 on`)
  return {
    detectors: list('detectors', values.detectors, detectors),
    corpora: list('corpus', values.corpus, corpora),
    seeds: list('seeds', values.seeds, ['tuning', 'reporting'] as const)[0] ?? 'reporting',
    rounds,
    each: values.each,
  }
}
