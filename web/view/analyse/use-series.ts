/** Reads a series of a data set, page by page. */
import { useEffect, useState } from 'preact/hooks'
import { api, isAbort, isApiError, isUnanswered } from '../../kit/api/client.ts'
import type { DataSetPoints } from '../../kit/api/data-set-types.ts'
import { type ApiError, unreachable } from '../../kit/api/problem.ts'
import { onReturn } from '../connection.ts'
import { createGatherer, PAGE_POINTS, type Series } from './points.ts'

export interface Reading {
  readonly series: Series | undefined
  /** 0 to 1, while it is read. */
  readonly fraction: number
  readonly error: ApiError | undefined
  readonly retry: () => void
}

const read = async (
  path: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<Series> => {
  const gatherer = createGatherer()
  let from: number | undefined = 0
  while (from !== undefined) {
    const page: DataSetPoints = await api(path, { query: { from, limit: PAGE_POINTS }, signal })
    onFraction(gatherer.add(page) / Math.max(1, page.points))
    from = page.next
  }
  return gatherer.end()
}

export const useSeries = (set: string | undefined, name: string | undefined): Reading => {
  const path =
    set === undefined || name === undefined
      ? undefined
      : `/data-sets/${encodeURIComponent(set)}/series/${encodeURIComponent(name)}`
  const [state, setState] = useState<{
    path?: string
    series?: Series
    fraction: number
    error?: ApiError
  }>({ fraction: 0 })
  const [turn, setTurn] = useState(0)
  const retry = (): void => setTurn((it) => it + 1)

  useEffect(() => {
    if (path === undefined) return
    const gone = new AbortController()
    setState({ path, fraction: 0 })
    read(path, gone.signal, (fraction) => setState({ path, fraction })).then(
      (series) => {
        if (!gone.signal.aborted) setState({ path, series, fraction: 1 })
      },
      (thrown: unknown) => {
        if (gone.signal.aborted || isAbort(thrown)) return
        setState({ path, fraction: 0, error: isApiError(thrown) ? thrown : unreachable() })
      },
    )
    return () => gone.abort()
  }, [path, turn])

  const known = state.path === path ? state : undefined
  const lost = known?.error !== undefined && isUnanswered(known.error)
  useEffect(() => (lost ? onReturn(retry) : undefined), [lost])
  return { series: known?.series, fraction: known?.fraction ?? 0, error: known?.error, retry }
}
