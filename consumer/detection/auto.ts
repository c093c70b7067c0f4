/**
 * `auto`: which detectors look at a series, by what it is like.
 *
 * Three look at each series: a forecast, its windows against the usual ones, its points against their season. What is strange is best
 * told by several that see different things, and their mean (combine.ts) ranks it better than any one of them, and better than
 * the one that unsupervised criteria choose: how sharp its scores are, or how much it agrees with the others (model
 * centrality: Goswami et al., "Unsupervised model selection for time-series anomaly detection", ICLR 2023).
 *
 * The fourth is chosen by what the series is like. Where something repeats, its cycles are compared with the usual ones, which tells
 * one of another shape, however faint; where nothing repeats, that is noise, and what breaks the rhythm of its surroundings tells more.
 * Several columns are looked at together, by their windows alone: what judges each column by itself does not see what is odd between
 * them, and dilutes what does. Finer rules (by drift, noise, tail, length) did better on the series they were found on, and worse on others.
 *
 * Costs what the four cost, all about linear in the number of points.
 */
import { batch } from './batch/index.ts'
import type { Choice, Chooser } from './catalogue.ts'
import { combine, type Part } from './combine.ts'
import type { Detector, Input } from './detector.ts'
import { type Features, featuresOf } from './features.ts'
import { streaming } from './streaming/index.ts'

/** The evidence of what judges points is spread over so many, and over no more than this share of the series. */
const SPREAD = { points: 96, share: 0.1 } as const
/** A share of the changes of level from which they are told of. */
const TELLING = 0.5

const known: readonly Detector[] = [...streaming, ...batch]

interface Candidate {
  readonly name: string
  /** It judges points, not windows: its evidence is spread. */
  readonly isPointwise: boolean
  /** What it is there for. */
  readonly sees: string
  suits(features: Features): boolean
}

const repeats = ({ period }: Features): boolean => period > 0

const candidates: readonly Candidate[] = [
  { name: 'forecast', isPointwise: true, sees: 'what could not be foreseen', suits: () => true },
  { name: 'sub-pca', isPointwise: false, sees: 'another level, roughness or shape', suits: () => true },
  { name: 'esd', isPointwise: true, sees: 'values unusual for their season', suits: () => true },
  { name: 'kmeans', isPointwise: false, sees: 'cycles unlike the others', suits: repeats },
  {
    name: 'spectral-residual',
    isPointwise: false,
    sees: 'breaks of the rhythm around',
    suits: (features) => !repeats(features),
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

/** Looks at columns together. */
const JOINT = 'sub-pca'

/** Which detectors look at a series like this, and why. */
export const chooseParts = (features: Features, columns: number): { parts: Part[]; why: string } => {
  const { points } = features
  const spread = Math.max(1, Math.min(SPREAD.points, Math.floor(SPREAD.share * points)))
  const suited = candidates.flatMap(({ name, isPointwise, sees, suits }) => {
    const detector = known.find((each) => each.name === name)
    if (detector === undefined || !suits(features)) return []
    return [{ detector, sees, spread: isPointwise ? spread : 1 }]
  })
  const takes = ({ detector }: Part): boolean => detector.minPoints <= points && points <= detector.maxPoints
  const able = suited.filter(takes)
  const joint = columns > 1 ? able.filter(({ detector }) => detector.name === JOINT) : []
  const parts = joint.length > 0 ? joint : able
  const names = parts.map(({ detector, sees }) => `${detector.name} (${sees})`).join(', ')
  const together = parts.length > 1 ? 'the mean of the evidence of' : 'the evidence of'
  const left = suited.filter((part) => !takes(part)).map(({ detector }) => detector.name)
  const without = left.length > 0 ? ` ${number(points)} points are no length for ${left.join(', ')}.` : ''
  const seen = columns > 1 ? `${columns} columns, at best looked at together. ` : ''
  return { parts, why: `${seen}${likeness(features)}: ${together} ${names}.${without}` }
}

const choose = (input: Input): Required<Choice> => {
  const { parts, why } = chooseParts(featuresOfAll(input), input.columns.length)
  const [first] = parts
  return { detector: parts.length === 1 && first !== undefined ? first.detector : combine(parts), why }
}

export const auto: Chooser = {
  name: 'auto',
  description:
    'Several detectors that see different things, together: three for all series, and a fourth by whether something repeats. The best first choice.',
  choose,
}
