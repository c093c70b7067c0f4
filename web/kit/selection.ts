/** Which rows of a list are selected. Pure: the list's order comes with each change. */

export interface Selection {
  readonly ids: ReadonlySet<string>
  /** The row that was clicked last: where a range begins. */
  readonly anchor?: string | undefined
}

export const nothing: Selection = { ids: new Set() }

/** The rows from one to another, both included, whichever comes first. */
const between = (order: readonly string[], from: string, to: string): readonly string[] => {
  const [a, b] = [order.indexOf(from), order.indexOf(to)]
  return a < 0 || b < 0 ? [to] : order.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/** A click on a row's box; `range`: all rows since the last click become as this one does. */
export const toggle = (
  { ids, anchor }: Selection,
  order: readonly string[],
  id: string,
  range = false,
): Selection => {
  const wanted = !ids.has(id)
  const changed = new Set(ids)
  for (const it of range && anchor !== undefined ? between(order, anchor, id) : [id]) {
    if (wanted) changed.add(it)
    else changed.delete(it)
  }
  return { ids: changed, anchor: id }
}

/** All rows, or none where all are selected already. */
export const toggleAll = ({ ids }: Selection, order: readonly string[]): Selection =>
  order.every((it) => ids.has(it)) ? nothing : { ids: new Set(order) }

/** Without rows that are gone; the same where none is. */
export const keepOf = (selection: Selection, order: readonly string[]): Selection => {
  const there = new Set(order)
  const kept = [...selection.ids].filter((it) => there.has(it))
  if (kept.length === selection.ids.size) return selection
  return { ids: new Set(kept), anchor: selection.anchor }
}
