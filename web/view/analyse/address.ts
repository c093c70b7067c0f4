/** What of the analysis stands in the address, so that a link shows the same. Pure. */

export interface Place {
  /** The data set's id. */
  readonly set?: string | undefined
  /** The name of one of its series. */
  readonly series?: string | undefined
  /** Ids of `detect` jobs: the first is shown, the others are compared with it. */
  readonly jobs: readonly string[]
  /** Rows that are seen, both included, counted in the order of time; undefined: all of them. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** A row of the anomaly that is looked at. */
  readonly at?: number | undefined
}

const row = (text: string | null): number | undefined =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined

const named = (text: string | null): string | undefined => (text === null || text === '' ? undefined : text)

/** The place that a query (`?set=…`) names; what makes no sense in it is left out. */
export const placeOf = (search: string): Place => {
  const query = new URLSearchParams(search)
  const [from, to] = [row(query.get('from')), row(query.get('to'))]
  const zoomed = from !== undefined && to !== undefined && from < to
  return {
    set: named(query.get('set')),
    series: named(query.get('series')),
    jobs: [...new Set(query.getAll('job').filter((id) => id !== ''))],
    ...(zoomed ? { from, to } : {}),
    at: row(query.get('at')),
  }
}

/** The address of a place: `/view?set=…&series=…&job=…`. */
export const addressOf = ({ set, series, jobs, from, to, at }: Place): string => {
  const query = new URLSearchParams()
  const put = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) query.append(name, String(value))
  }
  put('set', set)
  put('series', series)
  for (const job of jobs) put('job', job)
  put('from', from)
  put('to', to)
  put('at', at)
  const text = query.toString()
  return text === '' ? '/view' : `/view?${text}`
}
