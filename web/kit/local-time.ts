/** Times as a `datetime-local` field holds them, in the reader's zone, and times of other zones. Pure. */

const two = (value: number): string => String(value).padStart(2, '0')

/** `2026-11-22T14:03:22` of an instant; '' for none, and for what is no time. */
export const toLocal = (at: string | undefined): string => {
  const date = new Date(at ?? '')
  if (Number.isNaN(date.getTime())) return ''
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The instant of a local time, RFC 3339 in UTC; undefined for none. */
export const fromLocal = (text: string): string | undefined => {
  const date = new Date(text)
  return text === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

export const readersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** `Mon, Nov 23, 2026, 02:30:00` in a zone; in UTC where the browser does not know it. */
export const timeIn = (at: string, timeZone: string): string => {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }
  const date = new Date(at)
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone }).format(date)
  } catch {
    return `${new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' }).format(date)} UTC`
  }
}
