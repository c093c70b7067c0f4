/** A list of the API that comes in pages by cursor: the first is kept fresh, more are shown behind it when asked for. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api, isAbort, isApiError } from './client.ts'
import { type ApiError, unreachable } from './problem.ts'

interface State<T> {
  readonly path: string
  readonly items?: readonly T[] | undefined
  /** Where the next page begins. */
  readonly next?: string | undefined
  readonly pages: number
  readonly error?: ApiError | undefined
}

export interface Pages<T> {
  /** What has come so far, also while the API is away; undefined until there is an answer. */
  readonly items: readonly T[] | undefined
  readonly hasMore: boolean
  /** What the reader wanted is on its way. */
  readonly busy: boolean
  readonly error: ApiError | undefined
  /** From the first page anew; the others are put away. */
  readonly refresh: () => void
  readonly showMore: () => void
}

export interface PagesOptions {
  /** The name of the answer's list. */
  readonly list: string
  /** How often the first page is asked for; 0: once. Lists of several pages stand still. */
  readonly everyMs: number
}

type Answer = Readonly<Record<string, unknown>> & { readonly next?: string }

/** `path` is without `after`: another path is another list. */
export const usePages = <T>(path: string, { list, everyMs }: PagesOptions): Pages<T> => {
  const [state, setState] = useState<State<T>>({ path, pages: 0 })
  const [busy, setBusy] = useState(false)
  const asking = useRef<AbortController | undefined>(undefined)

  const ask = useCallback(
    async (isWanted: boolean, after?: string) => {
      asking.current?.abort()
      const gone = new AbortController()
      asking.current = gone
      setBusy(isWanted)
      const fresh: State<T> = { path, pages: 0 }
      try {
        const from =
          after === undefined ? '' : `${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`
        const answer = await api<Answer>(`${path}${from}`, { signal: gone.signal })
        if (gone.signal.aborted) return
        const found = (answer[list] ?? []) as readonly T[]
        setState((known) => {
          const before = known.path === path && after !== undefined ? known : fresh
          const items = [...(before.items ?? []), ...found]
          return { path, items, next: answer.next, pages: before.pages + 1 }
        })
      } catch (thrown) {
        if (gone.signal.aborted || isAbort(thrown)) return
        const error = isApiError(thrown) ? thrown : unreachable()
        setState((known) => ({ ...(known.path === path ? known : fresh), error }))
      } finally {
        if (asking.current === gone) {
          asking.current = undefined
          setBusy(false)
        }
      }
    },
    [path, list],
  )

  useEffect(() => {
    void ask(false)
    return () => {
      asking.current?.abort()
      asking.current = undefined
    }
  }, [ask])

  const stands = everyMs === 0 || state.pages > 1
  useEffect(() => {
    if (stands) return
    const look = (): void => {
      if (!document.hidden && !asking.current) void ask(false)
    }
    const timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [ask, everyMs, stands])

  const known: State<T> = state.path === path ? state : { path, pages: 0 }
  return {
    items: known.items,
    hasMore: known.next !== undefined,
    busy,
    error: known.error,
    refresh: () => void ask(true),
    showMore: () => void (known.next !== undefined && ask(true, known.next)),
  }
}
