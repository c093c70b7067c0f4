/** The history of a range, kept up: what is recorded, asked for at the start and after each break, and what comes live. */
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api, isAbort } from '../../kit/api/client.ts'
import { ApiError, unreachable } from '../../kit/api/problem.ts'
import type { Decision, Scaling, ScalingHistory } from '../../kit/api/types.ts'
import { onFleet, scaling } from '../live.ts'
import { joinDecisions, since } from './decisions.ts'
import { append, type Columns, columnsOf, emptyHistory, type History, merge, type Sample } from './history.ts'
import type { Range } from './ranges.ts'

export interface Past {
  readonly range: Range
  readonly history: History
  readonly columns: Columns
  readonly decisions: readonly Decision[]
  /** False until what is recorded has come. */
  readonly loaded: boolean
  /** Why the recorded part is missing. */
  readonly fault?: ApiError | undefined
}

/** What is recorded is asked for again this long after it could not be read. */
const AGAIN_MS = 10_000
/** A clock of the browser that is off by more than this is set right by the API's times. */
const SKEW_MS = 3_000
let skewMs = 0

/** The time by the API's clock, milliseconds since the epoch. */
export const fleetNow = (): number => Date.now() + skewMs

const setClock = (at: number): void => {
  const off = at - Date.now()
  skewMs = Math.abs(off) > SKEW_MS ? off : 0
}

const sampleOf = ({ at, lag, parked, arrivalRate, drainRate, replicas }: Scaling): Sample => ({
  at: Date.parse(at),
  lag,
  parkedDue: parked.due,
  arrivalRate,
  drainRate,
  desired: replicas.desired,
  ready: replicas.ready,
})

/** Nothing is recorded where the API does not know the question. */
const nothing = { stepMs: 1_000, points: [], decisions: [] } as const

const recordedOf = async (
  { spanMs, stepMs }: Range,
  signal: AbortSignal,
): Promise<Pick<ScalingHistory, 'stepMs' | 'points' | 'decisions'>> => {
  const from = new Date(fleetNow() - spanMs - stepMs).toISOString()
  try {
    return await api<ScalingHistory>('/scaling/history', {
      query: { from, points: spanMs / stepMs + 2 },
      signal,
    })
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return nothing
    throw error
  }
}

const emptyPast = (range: Range): Past => {
  const history = emptyHistory(range, 0)
  return { range, history, columns: columnsOf(history), decisions: [], loaded: false }
}

/** While a component shows it. Each second a new value, of the same bounded size. */
export const useHistory = (range: Range): ReadonlySignal<Past> => {
  const past = useSignal<Past>(emptyPast(range))
  useEffect(() => {
    const gone = new AbortController()
    let { history, decisions, loaded, fault } = emptyPast(range)
    const show = (): void => {
      past.value = { range, history, columns: columnsOf(history), decisions, loaded, fault }
    }
    const edge = (): number => fleetNow() - range.spanMs

    let timer: number | undefined
    const load = async (): Promise<void> => {
      try {
        const recorded = await recordedOf(range, gone.signal)
        const samples = recorded.points.map((it) => ({ ...it, at: Date.parse(it.at) }))
        history = merge(range, recorded.stepMs, samples, history.samples)
        decisions = joinDecisions(recorded.decisions, decisions, edge())
        fault = undefined
      } catch (error) {
        if (isAbort(error)) return
        fault = error instanceof ApiError ? error : unreachable()
      }
      loaded = true
      show()
      clearTimeout(timer)
      if (fault) timer = window.setTimeout(load, AGAIN_MS)
    }
    const take = (told: Scaling): void => {
      setClock(Date.parse(told.at))
      append(history, sampleOf(told))
      decisions = since(decisions, edge())
      show()
    }

    const stop = onFleet((event) => {
      if (event.kind === 'live') void load()
      else if (event.kind === 'scaling') take(event.scaling)
      else decisions = joinDecisions([event.decision], decisions, edge())
    })
    // The last decisions are told with the state: they are there even where nothing is recorded.
    if (scaling.value) decisions = joinDecisions(scaling.value.decisions, [], edge())
    show()
    void load()
    return () => {
      gone.abort()
      clearTimeout(timer)
      stop()
    }
  }, [range])
  return past
}
