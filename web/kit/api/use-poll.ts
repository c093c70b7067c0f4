/** An answer of the API that is kept fresh: asked for again and again while somebody looks at it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api, isAbort } from './client.ts'
import { ApiError, unreachable } from './problem.ts'

const LONGEST_WAIT_MS = 10_000

export interface Polled<T> {
  /** The last answer, also while the API is away; undefined until there is one. */
  readonly data: T | undefined
  /** Why the last try failed; undefined where it did not. */
  readonly error: ApiError | undefined
  /** Asks at once. */
  readonly refresh: () => void
}

/**
 * Asks for `path` every `everyMs` (0: once) and at once where the path changes; undefined: not at all. A hidden page asks nothing. After a
 * failure the waits grow to 10 s.
 */
export const usePoll = <T>(path: string | undefined, everyMs: number): Polled<T> => {
  const [state, setState] = useState<{ path: string; data?: T; error?: ApiError }>({ path: '' })
  const again = useRef<() => void>(() => {})
  const refresh = useCallback(() => again.current(), [])

  useEffect(() => {
    if (path === undefined) return
    const gone = new AbortController()
    let timer: number | undefined
    let wait = everyMs
    let asking = false
    /** The next try waits until somebody looks. */
    let waits = false
    const ask = async (): Promise<void> => {
      if (asking) return
      asking = true
      clearTimeout(timer)
      try {
        const data = await api<T>(path, { signal: gone.signal })
        if (!gone.signal.aborted) setState({ path, data })
        wait = everyMs
      } catch (thrown) {
        if (gone.signal.aborted || isAbort(thrown)) return
        const error = thrown instanceof ApiError ? thrown : unreachable()
        setState((known) => ({ ...(known.path === path ? known : {}), path, error }))
        // What is asked for once and refused stays refused.
        const isRefused = everyMs === 0 && error.status >= 400 && error.status < 500
        wait = isRefused ? 0 : Math.min(LONGEST_WAIT_MS, Math.max(1_000, wait * 2))
      } finally {
        asking = false
      }
      if (gone.signal.aborted || wait === 0) return
      waits = document.hidden
      if (!waits) timer = window.setTimeout(ask, wait)
    }
    const onVisible = (): void => {
      if (document.hidden || !waits) return
      waits = false
      void ask()
    }
    again.current = () => void ask()
    document.addEventListener('visibilitychange', onVisible)
    void ask()
    return () => {
      gone.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [path, everyMs])

  const known = state.path === path ? state : undefined
  return { data: known?.data, error: known?.error, refresh }
}
