/** A list that is fresh, and yet keeps still under the pointer. Pure. */
import type { Job } from '../../kit/api/types.ts'

export interface Shown {
  readonly jobs: readonly Job[]
  /** Newer ones that are not shown yet. */
  readonly more: number
  /** Those that don't fit the filter any more. */
  readonly gone: ReadonlySet<string>
}

/**
 * What is shown of `fresh` while the rows `held` are to stay where they are: each as it is now, none added, none taken away. Without
 * `held` all of it.
 */
export const keepStill = (held: readonly Job[] | undefined, fresh: readonly Job[]): Shown => {
  if (!held) return { jobs: fresh, more: 0, gone: new Set() }
  const now = new Map(fresh.map((it) => [it.id, it]))
  const before = new Set(held.map(({ id }) => id))
  const added = fresh.filter(({ id }) => !before.has(id))
  const newest = held[0]?.id ?? ''
  const more = added.filter(({ id }) => id > newest).length
  // What new ones have pushed off the page's end is still there, elsewhere.
  const end = more > 0 || added.length > 0 ? (fresh.at(-1)?.id ?? '') : ''
  const gone = held.filter(({ id }) => !now.has(id) && id >= end).map(({ id }) => id)
  return { jobs: held.map((it) => now.get(it.id) ?? it), more, gone: new Set(gone) }
}

/** The text of a whole id (UUID), without what was copied along; undefined where there is none. */
export const idIn = (text: string): string | undefined =>
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(text)?.[0].toLowerCase()
