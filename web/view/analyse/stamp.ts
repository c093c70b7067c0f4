/** Times of data: in UTC, as files without a zone are read, and as long as they need to be. Pure. */

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
export const placeText = (x: number, timed: boolean): string =>
  timed ? stamp(x) : `row ${x.toLocaleString('en')}`

/** From one to another; the day is not told twice. */
export const spanText = (start: number, end: number, timed: boolean): string => {
  if (start === end) return placeText(start, timed)
  if (!timed) return `rows ${start.toLocaleString('en')} – ${end.toLocaleString('en')}`
  const [from, to] = [stamp(start), stamp(end)]
  return from.slice(0, 10) === to.slice(0, 10) ? `${from} – ${to.slice(11)}` : `${from} – ${to}`
}
