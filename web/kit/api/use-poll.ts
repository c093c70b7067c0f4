/** An answer of the API that is kept fresh: asked for again and again while somebody looks at it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api } from './client.ts'
import { type Poll, startPoll } from './poll.ts'
import { ApiError, unreachable } from './problem.ts'

export interface Polled<T> {
  /** The last answer, also while the API is away; undefined until there is one. */
  readonly data: T | undefined
  /** Why the last try failed; undefined where it did not. */
  readonly error: ApiError | undefined
  /** Asks at once; an answer that is on its way counts no more. */
  readonly refresh: () => void
}

/**
 * Asks for `path` every `everyMs` (0: once) and at once where the path changes; undefined: not at all. A hidden page asks nothing. After a
 * failure the waits grow to 10 s.
 */
export const usePoll = <T>(path: string | undefined, everyMs: number): Polled<T> => {
  const [state, setState] = useState<{ path: string; data?: T; error?: ApiError }>({ path: '' })
  const polling = useRef<Poll | undefined>(undefined)
  const refresh = useCallback(() => polling.current?.again(), [])

  useEffect(() => {
    if (path === undefined) return
    const poll = startPoll({
      everyMs,
      isHidden: () => document.hidden,
      async ask(signal) {
        const data = await api<T>(path, { signal })
        if (!signal.aborted) setState({ path, data })
      },
      onFault(thrown) {
        const error = thrown instanceof ApiError ? thrown : unreachable()
        setState((known) => ({ ...(known.path === path ? known : {}), path, error }))
        // What is asked for once and refused stays refused.
        return everyMs > 0 || error.status < 400 || error.status >= 500
      },
    })
    polling.current = poll
    document.addEventListener('visibilitychange', poll.seen)
    return () => {
      poll.stop()
      polling.current = undefined
      document.removeEventListener('visibilitychange', poll.seen)
    }
  }, [path, everyMs])

  const known = state.path === path ? state : undefined
  return { data: known?.data, error: known?.error, refresh }
}
