/** Times of data: in UTC, as files without a zone are read, and as long as they need to be. Pure. */
import { count } from '../kit/format.ts'

/** 2014-11-02 01:30, or with seconds and milliseconds where it has any. */
export const stamp = (ms: number): string => {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return '–'
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/(?::00)?(?:\.000)?Z$/, '')
}

/** A point's place: its time, or its row. */
export const placeText = (x: number, timed: boolean): string => (timed ? stamp(x) : `row ${count(x)}`)

/** From one to another; the day, or the year, is not told twice. */
export const spanText = (start: number, end: number, timed: boolean): string => {
  if (start === end) return placeText(start, timed)
  if (!timed) return `rows ${count(start)} – ${count(end)}`
  const [from, to] = [stamp(start), stamp(end)]
  if (from.slice(0, 10) === to.slice(0, 10)) return `${from} – ${to.slice(11)}`
  return `${from} – ${from.slice(0, 4) === to.slice(0, 4) ? to.slice(5) : to}`
}

const SECOND = 1_000
const MINUTE = 60_000
const DAY = 86_400_000
const MONTH = 28 * DAY

const part = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en', { timeZone: 'UTC', ...options })
const year = part({ year: 'numeric' })
const month = part({ month: 'short', year: 'numeric' })
const day = part({ month: 'short', day: 'numeric' })

/** Labels of a time axis whose ticks stand `step` milliseconds apart, in UTC: each in one line, and no more of it than tells it from the others. */
export const axisTexts = (ticks: readonly number[], step: number): string[] =>
  ticks.map((ms) => {
    if (step >= 12 * MONTH) return year.format(ms)
    if (step >= MONTH) return month.format(ms)
    if (step >= DAY || ms % DAY === 0) return day.format(ms)
    const clock = new Date(ms).toISOString().slice(11, 23)
    return step >= MINUTE ? clock.slice(0, 5) : step >= SECOND ? clock.slice(0, 8) : clock
  })
