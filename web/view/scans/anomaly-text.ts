/** Where an anomaly is, and how strange, in words. Pure. */
import type { RankedAnomaly, Timestamp } from '../../kit/api/scan-types.ts'
import { count } from '../../kit/format.ts'
import { spanText } from '../stamp.ts'

/** The score's scale (consumer/detection/score.ts): score = d / (d + 3), d the decades of improbability. */
const HALF = 3

/** Of how many usual points one is as strange. */
export const oneIn = (score: number): number => 10 ** ((HALF * score) / (1 - score))

/** Two digits of it: 1 in 11,000,000; beyond a million millions a power of ten. */
export const rarity = (score: number): string => {
  const many = oneIn(score)
  if (many >= 1e12) return `1 in 10^${Math.floor(Math.log10(many))}`
  return `1 in ${count(Number(many.toPrecision(2)))}`
}

const msOf = (at: Timestamp): number => new Date(at).getTime()

export const rowsText = ({ start, end }: Pick<RankedAnomaly, 'start' | 'end'>): string =>
  spanText(start, end, false)

/** Its times (UTC), or its rows where there are none. */
export const whereText = (anomaly: RankedAnomaly): string => {
  const { startTimestamp: from, endTimestamp: to } = anomaly
  return from === undefined || to === undefined ? rowsText(anomaly) : spanText(msOf(from), msOf(to), true)
}
