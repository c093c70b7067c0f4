/** What to ask a `detect` job for. A result has 8 MB at most: the more rows, the less can be told of each. Pure. */

export interface Wish {
  readonly dataSet: string
  readonly series: string
  /** Of the series within its data set: shorter than its name. */
  readonly number: number
  readonly points: number
  readonly detector: string
  /** Undefined: the detector's own. */
  readonly threshold?: number | undefined
}

/** A row's band takes 42 bytes at most, its score 7; a range some 250. */
const MOST_WITH_BAND = 150_000
const MOST_WITH_SCORES = 750_000

export type Detail = 'all' | 'scores' | 'ranges'

/** What is told of each row of a series that long. */
export const detailOf = (points: number): Detail => {
  if (points <= MOST_WITH_BAND) return 'all'
  return points <= MOST_WITH_SCORES ? 'scores' : 'ranges'
}

/** Why a result lacks what it lacks. */
export type Lack = 'unasked' | 'noBand' | 'noScores'

export const lacks: Readonly<Record<Lack, string>> = {
  unasked: 'This result has the flagged ranges alone: a scan asks for no scores.',
  noBand: 'A series this long comes without the expected range: a job’s result has 8 MB at most.',
  noScores:
    'Of a series this long only the flagged ranges come, without scores: a job’s result has 8 MB at most.',
}

/** Undefined: it lacks nothing, or its detector has no band. */
export const lackOf = (points: number, scores: boolean, band: boolean): Lack | undefined => {
  const detail = detailOf(points)
  if (!scores) return detail === 'ranges' ? 'noScores' : 'unasked'
  return band || detail === 'all' ? undefined : 'noBand'
}

export const payloadOf = ({ dataSet, series, points, detector, threshold }: Wish) => {
  const detail = detailOf(points)
  return {
    dataSet,
    series,
    detector,
    ...(threshold === undefined ? {} : { threshold }),
    ...(detail === 'scores' ? { band: false } : {}),
    ...(detail === 'ranges' ? { scores: false } : {}),
  }
}

/** The same for the same wish: who opens a series that was analysed already is given that job. `again` makes it another. */
export const idempotencyKeyOf = ({ dataSet, number, detector, threshold }: Wish, again = ''): string =>
  ['view', dataSet, number, detector, threshold ?? 'own', ...(again === '' ? [] : [again])].join(':')
