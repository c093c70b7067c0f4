/** Paths of the API with their queries. Pure. */

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** `/jobs?status=dead`; what is undefined or empty is left out. */
export const pathOf = (path: string, query: Query = {}): string => {
  const given = Object.entries(query).flatMap<[string, string]>(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const text = new URLSearchParams(given).toString()
  return text === '' ? path : `${path}?${text}`
}
