/** Numbers, times and durations as people read them. Pure. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** 12,345 */
export const count = (value: number): string => whole.format(value)

/** 12.3K: for where there is little room. */
export const brief = (value: number): string => short.format(value)

/** `1 job`, `2 jobs`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** A rate a second: 0.04, 3.2, 120. */
export const rate = (value: number): string => {
  if (value === 0) return '0'
  if (value < 1) return value.toFixed(2)
  return value < 100 ? value.toFixed(1) : whole.format(value)
}

const four = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })
const six = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 })

/** A measured value with four significant digits: 0.0001234, 12.35, 12,350. */
export const value = (it: number): string => {
  const size = Math.abs(it)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return it.toExponential(2)
  return (size >= 1_000 ? six : four).format(it)
}

/** 340 ms, 2.4 s, 3 m 12 s, 2 h 5 m, 3 d 4 h. */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const pair = (big: number, a: string, small: number, b: string): string =>
    small === 0 ? `${big} ${a}` : `${big} ${a} ${small} ${b}`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'm', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm')
  const hours = Math.round(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** As {@link duration}, without tenths, which would only flicker where it goes on: 12 s. */
export const wholeSeconds = (ms: number): string =>
  duration(Math.round(ms / 1_000) * 1_000)
    .replace(/^0 ms$/, '0 s')
    .replace('.0 s', ' s')

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' })
const dayOfYear = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric' })

/** A time in the reader's zone, as short as it can be told: 14:03:22, Nov 3 14:03:22, Nov 3, 2024 14:03:22. */
export const time = (at: string | number, now = Date.now()): string => {
  const date = new Date(at)
  const today = new Date(now)
  if (date.toDateString() === today.toDateString()) return clock.format(date)
  const date_ = date.getFullYear() === today.getFullYear() ? day.format(date) : dayOfYear.format(date)
  return `${date_} ${clock.format(date)}`
}

/** `12 s ago`, `in 3 m`, `now`. */
export const fromNow = (at: string | number, now = Date.now()): string => {
  const ms = new Date(at).getTime() - now
  if (Math.abs(ms) < 1_000) return 'now'
  const [text = ''] = wholeSeconds(Math.abs(ms)).split(/(?<=[a-z]+) /)
  return ms < 0 ? `${text} ago` : `in ${text}`
}

/** 1.2 MB */
export const bytes = (size: number): string => {
  const units = ['B', 'kB', 'MB', 'GB'] as const
  const step = size < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3))
  const scaled = size / 1_000 ** step
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[step]}`
}

/** The first block and the last four of an id: enough to know it again. Time-ordered ids differ at their ends. */
export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`
