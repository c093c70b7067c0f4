/** What a timestamp is written as. `local` has no offset from UTC and is read as UTC. */
export type TimestampForm = 'epoch' | 'rfc3339' | 'local'

export interface ParsedTimestamp {
  readonly form: TimestampForm
  /** Milliseconds since the epoch. */
  readonly ms: number
}

/** The latest and earliest instant of ECMAScript's dates, in ms. */
const maxMs = 8.64e15
const minuteMs = 60_000
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The number that the digits at a place of the text are; NaN when there is anything else. */
const digits = (text: string, from: number, count: number): number => {
  let number = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN
  }
  return number
}

const daysIn = (year: number, month: number): number => {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && leap ? 29 : (monthDays[month - 1] ?? 0)
}

const isDate = (text: string): boolean =>
  text[4] === '-' && text[7] === '-' && (text[10] === ' ' || text[10] === 'T' || text[10] === 't')

/** The offset from UTC in minutes; 0 for none at all, NaN for what is no offset. */
const offsetMinutes = (text: string): number => {
  if (text === '' || text === 'Z' || text === 'z') return 0
  const [hours, minutes] = [digits(text, 1, 2), digits(text, 4, 2)]
  const whole = text.length === 6 && text[3] === ':' && hours <= 23 && minutes <= 59
  if (!whole || (text[0] !== '+' && text[0] !== '-')) return Number.NaN
  return (hours * 60 + minutes) * (text[0] === '-' ? -1 : 1)
}

/** Parsed by hand: `Date.parse` takes February 30 for March 1, and a pattern is slow over 100,000 rows. */
const parseText = (text: string): ParsedTimestamp | undefined => {
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)]
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)]
  const dated = isDate(text) && year >= 100 && day >= 1 && day <= daysIn(year, month)
  const timed = text[13] === ':' && text[16] === ':' && hour <= 23 && minute <= 59 && second <= 59
  if (!dated || !timed) return undefined
  let end = 19
  if (text[end] === '.') {
    end++
    while (digits(text, end, 1) >= 0) end++
    if (end === 20) return undefined
  }
  const offset = offsetMinutes(text.slice(end))
  if (Number.isNaN(offset)) return undefined
  const fraction = end === 19 ? 0 : Number(`0${text.slice(19, end)}`)
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  return { form: end === text.length ? 'local' : 'rfc3339', ms: utc + fraction * 1000 - offset * minuteMs }
}

/** An RFC 3339 time, a time without offset (`YYYY-MM-DD HH:MM:SS`), or ms since the epoch; undefined for all else. */
export const parseTimestamp = (timestamp: unknown): ParsedTimestamp | undefined => {
  if (typeof timestamp === 'string') return parseText(timestamp)
  return typeof timestamp === 'number' && Math.abs(timestamp) <= maxMs
    ? { form: 'epoch', ms: timestamp }
    : undefined
}
