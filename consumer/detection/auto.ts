/**
 * `auto`: which detectors look at a series, by what it is like.
 *
 * What is strange is best told by several: no single detector comes near the mean of the evidence of a forecast, of windows against all
 * windows, and of single points (combine.ts). What the series is like decides one thing: where something repeats, a window is also
 * compared with the one most like it, which tells a cycle of another shape however faint; where nothing repeats that comparison only adds
 * noise. Finer rules (by drift, noise, tail, length) do better on the series they were found on and worse on others.
 */
import { batch } from './batch/index.ts'
import type { Choice, Chooser } from './catalogue.ts'
import { combine, type Part } from './combine.ts'
import type { Detector, Input } from './detector.ts'
import { type Features, featuresOf } from './features.ts'
import { streaming } from './streaming/index.ts'

/** Pairs of windows, of all columns, that are compared with each other: it takes about two seconds. */
const MOST_PAIRS = 25_000 ** 2
/** A share of the changes of level from which they are told of. */
const TELLING = 0.5
/** Points over which the evidence of what judges single points is spread. */
const SPREAD = 16

const known: readonly Detector[] = [...streaming, ...batch]

interface Candidate {
  readonly name: string
  readonly spread: number
  /** What it is there for. */
  readonly sees: string
  suits(features: Features, columns: number): boolean
}

const repeats = ({ period }: Features): boolean => period > 0
const isComparable = ({ points }: Features, columns: number): boolean => columns * points ** 2 <= MOST_PAIRS

const candidates: readonly Candidate[] = [
  { name: 'forecast', spread: SPREAD, sees: 'what could not be foreseen', suits: () => true },
  { name: 'sub-pca', spread: 1, sees: 'another level, roughness or shape than usual', suits: () => true },
  { name: 'spectral-residual', spread: SPREAD, sees: 'single points and edges', suits: () => true },
  {
    name: 'discord',
    spread: 1,
    sees: 'cycles like no other',
    suits: (features, columns) => repeats(features) && isComparable(features, columns),
  },
  {
    name: 'kmeans',
    spread: 1,
    sees: 'cycles of a rare shape',
    suits: (features, columns) => repeats(features) && !isComparable(features, columns),
  },
]

const percent = (share: number): string => `${Math.round(100 * share)} %`
const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 })

const likeness = ({ period, seasonality, drift }: Features): string => {
  const season =
    period > 0
      ? `A period of ${number(period)} points explains ${percent(seasonality)} of the variance`
      : 'Nothing repeats'
  return drift >= TELLING ? `${season}, changes of level ${percent(drift)} of the rest` : season
}

/** Of several columns those of the one with the strongest season. */
const featuresOfAll = ({ columns: [first, ...others] }: Input): Features =>
  others.reduce((strongest, { values }) => {
    const features = featuresOf(values)
    return features.seasonality > strongest.seasonality ? features : strongest
  }, featuresOf(first.values))

/** Which parts look at a series like this, and why. */
export const chooseParts = (features: Features, columns: number): { parts: Part[]; why: string } => {
  const { points } = features
  const chosen = candidates.flatMap((candidate) => {
    const detector = known.find(({ name }) => name === candidate.name)
    if (detector === undefined || points < detector.minPoints || points > detector.maxPoints) return []
    return candidate.suits(features, columns) ? [{ detector, ...candidate }] : []
  })
  const sees = chosen.map(({ name, sees }) => `${name} (${sees})`).join(', ')
  const together = chosen.length > 1 ? 'the mean of the evidence of' : 'the evidence of'
  const long = repeats(features) && !isComparable(features, columns)
  const left = long ? ` With ${number(points)} points it is too long for discord.` : ''
  return { parts: chosen, why: `${likeness(features)}: ${together} ${sees}.${left}` }
}

const choose = (input: Input): Required<Choice> => {
  const { parts, why } = chooseParts(featuresOfAll(input), input.columns.length)
  const [first] = parts
  // What streams has no least length: there is always one.
  return { detector: parts.length === 1 && first !== undefined ? first.detector : combine(parts), why }
}

export const auto: Chooser = {
  name: 'auto',
  description:
    'Looks at the series first: several detectors that see different things, together, and those of cycles where it has some.',
  choose,
}
