/** When a schedule runs, in words: of the common shapes of cron expressions. Pure. */
import { every, intervalWords } from './interval-words.ts'

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** More times than these are no words any more. */
const MAX_TIMES = 4

const two = (value: number): string => String(value).padStart(2, '0')

/** `a, b and c` */
const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

const ordinal = (value: number): string => {
  const ending = value > 10 && value < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${ending}`
}

type Field =
  | { readonly kind: 'any' }
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'list'; readonly values: readonly number[] }

const numberOf = (text: string, names: readonly string[], first: number): number | undefined => {
  if (/^\d+$/.test(text)) return Number(text)
  const index = names.findIndex((it) => it.slice(0, 3).toLowerCase() === text.toLowerCase())
  return index < 0 ? undefined : index + first
}

/** Undefined: none of the common shapes. `names` are of values from `first` on. */
const fieldOf = (text: string, names: readonly string[] = [], first = 0): Field | undefined => {
  if (text === '*' || text === '?' || text === '*/1') return { kind: 'any' }
  const step = /^\*\/(\d+)$/.exec(text)
  if (step) return { kind: 'step', step: Number(step[1]) }
  const [from, to, more] = text.split('-').map((it) => numberOf(it, names, first))
  if (text.includes('-'))
    return from === undefined || to === undefined || more !== undefined || from >= to
      ? undefined
      : { kind: 'range', from, to }
  const values = text.split(',').map((it) => numberOf(it, names, first))
  return values.some((it) => it === undefined)
    ? undefined
    : { kind: 'list', values: values.flatMap((it) => (it === undefined ? [] : [it])).sort((a, b) => a - b) }
}

const single = (field: Field): number | undefined =>
  field.kind === 'list' && field.values.length === 1 ? field.values[0] : undefined

/** Steps that are as far from the last of an hour (a day) to the first of the next. */
const isEven = (step: number, whole: number): boolean => step > 0 && whole % step === 0

interface Clock {
  readonly words: string
  /** A time of the day, or several: `every day` belongs to it. */
  readonly isDaily: boolean
}

const hourly = (minute: Field): string | undefined => {
  if (minute.kind === 'any') return every(1, 'min')
  if (minute.kind === 'step') return isEven(minute.step, 60) ? every(minute.step, 'min') : undefined
  if (minute.kind === 'range' || minute.values.length > MAX_TIMES) return undefined
  const whole = single(minute) === 0
  return whole ? 'every hour' : `every hour at ${listed(minute.values.map((it) => `:${two(it)}`))}`
}

const clockOf = (minute: Field, hour: Field): Clock | undefined => {
  const often = hourly(minute)
  const at = single(minute)
  if (hour.kind === 'any') return often === undefined ? undefined : { words: often, isDaily: false }
  if (hour.kind === 'step') {
    if (at === undefined || !isEven(hour.step, 24)) return undefined
    return { words: `${every(hour.step, 'h')}${at === 0 ? '' : ` at :${two(at)}`}`, isDaily: false }
  }
  if (hour.kind === 'range') {
    if (often === undefined || (minute.kind === 'list' && at === undefined)) return undefined
    const [first, last] =
      minute.kind === 'list' ? [at ?? 0, at ?? 0] : [0, 60 - (minute.kind === 'step' ? minute.step : 1)]
    const span = `from ${two(hour.from)}:${two(first)} to ${two(hour.to)}:${two(last)}`
    return { words: `${minute.kind === 'list' ? 'every hour' : often} ${span}`, isDaily: false }
  }
  if (minute.kind !== 'list') return undefined
  const times = hour.values.flatMap((h) => minute.values.map((m) => `${two(h)}:${two(m)}`))
  return times.length > MAX_TIMES ? undefined : { words: `at ${listed(times)}`, isDaily: true }
}

const weekWords = (text: string): string | undefined => {
  const last = /^(\w+)#L$|^(\w+)L$/i.exec(text)
  const nth = /^(\w+)#([1-5])$/.exec(text)
  const named = (it: string | undefined): string | undefined =>
    days[(numberOf(it ?? '', days, 0) ?? Number.NaN) % 7]
  if (last) {
    const day = named(last[1] ?? last[2])
    return day && `on the last ${day} of the month`
  }
  if (nth) {
    const day = named(nth[1])
    return day && `on the ${ordinal(Number(nth[2]))} ${day} of the month`
  }
  const field = fieldOf(text, days, 0)
  if (!field || field.kind === 'any' || field.kind === 'step') return undefined
  if (field.kind === 'range') {
    if (field.from === 1 && field.to === 5) return 'Monday to Friday'
    return field.to > 7 ? undefined : `${days[field.from % 7]} to ${days[field.to % 7]}`
  }
  const values = [...new Set(field.values.map((it) => it % 7))].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7))
  if (field.values.some((it) => it > 7)) return undefined
  if (values.length === 2 && values.includes(6) && values.includes(0)) return 'on Saturday and Sunday'
  return values.length === 1
    ? `every ${days[values[0] ?? 0]}`
    : `on ${listed(values.map((it) => days[it]?.slice(0, 3) ?? ''))}`
}

const monthDayWords = (text: string, of: string): string | undefined => {
  if (/^L$/i.test(text)) return `on the last day of ${of}`
  const nearest = /^(\d+)W$/i.exec(text)
  if (nearest) return `on the weekday nearest the ${ordinal(Number(nearest[1]))} of ${of}`
  const field = fieldOf(text)
  if (!field || field.kind === 'any' || field.kind === 'step') return undefined
  if (field.kind === 'range') return `from the ${ordinal(field.from)} to the ${ordinal(field.to)} of ${of}`
  return field.values.length > MAX_TIMES ? undefined : `on the ${listed(field.values.map(ordinal))} of ${of}`
}

const monthsOf = (text: string): { readonly all: boolean; readonly words: string } | undefined => {
  const field = fieldOf(text, months, 1)
  if (!field || field.kind === 'step') return undefined
  if (field.kind === 'any') return { all: true, words: 'each month' }
  const name = (it: number): string => months[it - 1] ?? ''
  if (field.kind === 'range')
    return { all: false, words: `each month from ${name(field.from)} to ${name(field.to)}` }
  return { all: false, words: listed(field.values.map(name)) }
}

/** In words; undefined for an expression that is none of the common shapes: it speaks for itself. */
export const cronWords = (expression: string): string | undefined => {
  const text = expression.trim()
  const fields = (nicknames[text.toLowerCase()] ?? text).split(/\s+/)
  if (fields.length !== 5 && fields.length !== 6) return undefined
  const [minuteText = '', hourText = '', dayText = '', monthText = '', weekText = ''] = fields.slice(-5)
  const rest = [minuteText, hourText, dayText, monthText, weekText]
  const second = fields.length === 6 ? fieldOf(fields[0] ?? '') : ({ kind: 'list', values: [0] } as const)
  if (second && single(second) !== 0) {
    if (rest.some((it) => it !== '*')) return undefined
    if (second.kind === 'any') return every(1, 's')
    return second.kind === 'step' && isEven(second.step, 60) ? every(second.step, 's') : undefined
  }
  const [minute, hour] = [fieldOf(minuteText), fieldOf(hourText)]
  const month = monthsOf(monthText)
  const clock = minute && hour && clockOf(minute, hour)
  if (!second || !clock || !month) return undefined

  const anyDay = dayText === '*' || dayText === '?'
  const anyWeekday = weekText === '*' || weekText === '?'
  // Where both are given, either is enough: no common shape.
  if (!anyDay && !anyWeekday) return undefined
  const inMonths = month.all ? '' : ` in ${month.words.replace(/^each month /, 'the months ')}`
  if (anyDay && anyWeekday)
    return clock.isDaily ? `every day${inMonths} ${clock.words}` : `${clock.words}${inMonths}`
  const day = anyDay ? weekWords(weekText) : monthDayWords(dayText, month.words)
  if (day === undefined) return undefined
  const when = anyDay ? `${day}${inMonths}` : day
  return clock.isDaily ? `${when} ${clock.words}` : `${clock.words}, ${when}`
}

/** Of either; the expression itself where there are no words for it. */
export const timingWords = ({
  cron,
  intervalMs,
}: {
  readonly cron?: string | undefined
  readonly intervalMs?: number | undefined
}): string => {
  if (cron !== undefined) return cronWords(cron) ?? cron
  return intervalMs === undefined ? '' : intervalWords(intervalMs)
}
