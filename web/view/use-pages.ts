/** A list that comes in pages: the first is kept fresh, more are read where they are asked for. */
import { useEffect, useState } from 'preact/hooks'
import { api } from '../kit/api/client.ts'
import { pathOf, type Query } from '../kit/api/path.ts'
import type { ApiError } from '../kit/api/problem.ts'
import { usePoll } from '../kit/api/use-poll.ts'
import { attempt } from '../kit/parts/toasts.tsx'

interface Page {
  readonly next?: string | number | undefined
}

interface More<P> {
  readonly key: string
  readonly pages: readonly P[]
}

export interface Pages<P> {
  /** The first, and those that were asked for; undefined until there is one. */
  readonly pages: readonly P[] | undefined
  readonly error: ApiError | undefined
  readonly refresh: () => void
  /** Reads the next page; undefined where there is none. */
  readonly more: (() => void) | undefined
}

/** A list that changes its key (path or query) begins anew. */
export const usePages = <P extends Page>(path: string, query: Query, everyMs: number): Pages<P> => {
  const first = usePoll<P>(pathOf(path, query), everyMs)
  const key = pathOf(path, query)
  const [more, setMore] = useState<More<P>>({ key, pages: [] })
  useEffect(() => setMore({ key, pages: [] }), [key])
  const later = more.key === key ? more.pages : []
  const next = (later.at(-1) ?? first.data)?.next
  const readMore = (): void =>
    void attempt(async () => {
      const page = await api<P>(pathOf(path, { ...query, after: next }))
      setMore((known) => (known.key === key ? { key, pages: [...known.pages, page] } : known))
    })
  return {
    pages: first.data && [first.data, ...later],
    error: first.error,
    refresh: first.refresh,
    more: next === undefined ? undefined : readMore,
  }
}
