/** Where an anomaly is, and how strange, in words. Pure. */
import type { RankedAnomaly, Timestamp } from '../../kit/api/scan-types.ts'
import { count } from '../../kit/format.ts'

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

const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' })
const dayOfYear = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const exactClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** In the reader's zone: Nov 15 07:45 – 08:15, Nov 15 23:00 – Nov 16 02:00. Seconds where there are any. */
export const between = (start: Timestamp, end: Timestamp, now = Date.now()): string => {
  const [from, to] = [new Date(start), new Date(end)]
  const whole = from.getTime() % 60_000 === 0 && to.getTime() % 60_000 === 0
  const timeOf = (date: Date): string => (whole ? clock : exactClock).format(date)
  const dayOf = (date: Date): string =>
    (date.getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(date)
  const first = `${dayOf(from)} ${timeOf(from)}`
  if (from.getTime() === to.getTime()) return first
  const second = dayOf(from) === dayOf(to) ? timeOf(to) : `${dayOf(to)} ${timeOf(to)}`
  return `${first} – ${second}`
}

export const rowsText = ({ start, end }: Pick<RankedAnomaly, 'start' | 'end'>): string =>
  start === end ? `row ${count(start)}` : `rows ${count(start)} – ${count(end)}`

/** Its times, or its rows where there are none. */
export const whereText = (anomaly: RankedAnomaly, now = Date.now()): string => {
  const { startTimestamp, endTimestamp } = anomaly
  return startTimestamp === undefined || endTimestamp === undefined
    ? rowsText(anomaly)
    : between(startTimestamp, endTimestamp, now)
}
