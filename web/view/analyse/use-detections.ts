/** Asks for detections of a series: one by itself where there is none yet, others as they are wished. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { api, isApiError } from '../../kit/api/client.ts'
import { type ApiError, unreachable } from '../../kit/api/problem.ts'
import type { Job } from '../../kit/api/types.ts'
import type { Place } from './address.ts'
import { PREFERRED } from './detectors.ts'
import type { Series } from './points.ts'
import { idempotencyKeyOf, payloadOf } from './request.ts'

export interface Asked {
  readonly detector: string
  readonly threshold?: number | undefined
}

/** Gives the job's id. `again`: not the job that was made for the same before. */
const post = async (set: string, series: Series, asked: Asked, again = ''): Promise<string> => {
  const wish = {
    dataSet: set,
    series: series.name,
    number: series.number,
    points: series.xs.length,
    ...asked,
  }
  const { id } = await api<Job>('/jobs', {
    method: 'POST',
    body: { type: 'detect', payload: payloadOf(wish) },
    headers: { 'idempotency-key': idempotencyKeyOf(wish, again) },
  })
  return id
}

export interface Detections {
  /** Why the first one can't be asked for. */
  readonly fault: ApiError | undefined
  readonly retry: () => void
  /** What was asked of a job; a job does not tell. Of one that was not asked for here, what is asked by default. */
  readonly askedOf: (id: string | undefined) => Asked
  /** In the place of the shown result. */
  readonly run: (asked: Asked, again?: string) => Promise<void>
  /** Beside those that are there. */
  readonly compare: (detectors: readonly string[], threshold: number | undefined) => Promise<void>
}

export const useDetections = (
  { set, jobs }: Place,
  series: Series | undefined,
  go: (change: Partial<Place>, replace?: boolean) => void,
): Detections => {
  const [fault, setFault] = useState<ApiError>()
  const [turn, setTurn] = useState(0)
  const known = useRef(new Map<string, Asked>())
  /** A job's id that comes when another series, or another page, is looked at is not for here. */
  const here = useRef(true)
  useEffect(
    () => () => {
      here.current = false
    },
    [],
  )

  const detect = async (asked: Asked, again?: string): Promise<readonly string[]> => {
    if (set === undefined || !series) return []
    const id = await post(set, series, asked, again)
    known.current.set(id, asked)
    return [id]
  }
  const show = (ids: readonly string[]): void => {
    if (here.current) go({ jobs: [...new Set(ids)] })
  }

  // A series alone: what `auto` finds in it.
  const unjudged = set !== undefined && series !== undefined && jobs.length === 0
  useEffect(() => {
    if (!unjudged) return
    let gone = false
    setFault(undefined)
    detect({ detector: PREFERRED }).then(
      (ids) => !gone && go({ jobs: ids }, true),
      (thrown: unknown) => !gone && setFault(isApiError(thrown) ? thrown : unreachable()),
    )
    return () => {
      gone = true
    }
  }, [unjudged, turn])

  return {
    fault,
    retry: () => setTurn((it) => it + 1),
    askedOf: (id = '') => known.current.get(id) ?? { detector: PREFERRED },
    run: async (asked, again) => show([...(await detect(asked, again)), ...jobs.slice(1)]),
    compare: async (detectors, threshold) => {
      const ids = await Promise.all(detectors.map((detector) => detect({ detector, threshold })))
      show([...jobs, ...ids.flat()])
    },
  }
}
