/** Follows `detect` jobs to their results. A job that has ended is never asked for again. */
import { useEffect, useState } from 'preact/hooks'
import { api, isAbort, isApiError, isUnanswered } from '../../kit/api/client.ts'
import { followEvents } from '../../kit/api/event-stream.ts'
import { hasEnded } from '../../kit/api/has-ended.ts'
import { type ApiError, unreachable } from '../../kit/api/problem.ts'
import type { Job } from '../../kit/api/types.ts'
import { onReturn } from '../connection.ts'
import { type Report, reportOf } from './report.ts'

export interface Run {
  readonly id: string
  /** Undefined until the API has told of it. */
  readonly job?: Job | undefined
  readonly report?: Report | undefined
  /** Why it can't be told. */
  readonly error?: ApiError | undefined
}

/** Nothing more will come of it. */
export const isOver = ({ job, error }: Run): boolean =>
  error !== undefined || (job !== undefined && hasEnded(job))

const runOf = (job: Job): Run => {
  const { result, ...rest } = job
  return { id: job.id, job: rest, ...(hasEnded(job) ? { report: reportOf(result) } : {}) }
}

/** What has ended stays: going back and forth between results asks nothing. A handful, since each may have megabytes. */
const MOST_KEPT = 12
const kept = new Map<string, Run>()
const keep = (run: Run): void => {
  kept.set(run.id, run)
  for (const id of [...kept.keys()].slice(0, Math.max(0, kept.size - MOST_KEPT))) kept.delete(id)
}

/**
 * Tells of a job until it has ended. Its events say when it moves; what it found is asked for then, since a result of some megabytes does not
 * fit into an event.
 */
const follow = async (id: string, signal: AbortSignal, onRun: (run: Run) => void): Promise<void> => {
  const path = `/jobs/${encodeURIComponent(id)}`
  const stop = new AbortController()
  signal.addEventListener('abort', () => stop.abort())
  const look = async (): Promise<void> => {
    try {
      const run = runOf(await api<Job>(path, { signal }))
      // One that was asked for earlier must not come after the end.
      if (stop.signal.aborted) return
      if (isOver(run)) {
        keep(run)
        stop.abort()
      }
      onRun(run)
    } catch (thrown) {
      if (stop.signal.aborted || isAbort(thrown)) return
      const error = isApiError(thrown) ? thrown : unreachable()
      onRun({ id, error })
      stop.abort()
    }
  }
  await look()
  if (stop.signal.aborted) return
  await followEvents(`${path}/events`, stop.signal, {
    onEvent: ({ data }) => {
      const job = JSON.parse(data) as Job
      if (hasEnded(job)) void look()
      else onRun(runOf(job))
    },
    onLive: (live) => {
      if (!live && !stop.signal.aborted) void look()
    },
    onEnd: (error) => onRun({ id, error }),
  })
}

/** The jobs of `ids`, in their order. */
export const useRuns = (ids: readonly string[]): readonly Run[] => {
  const [runs, setRuns] = useState<Readonly<Record<string, Run>>>({})
  const [turn, setTurn] = useState(0)
  const key = ids.join(' ')
  useEffect(() => {
    const gone = new AbortController()
    for (const id of ids) {
      const known = kept.get(id)
      const tell = (run: Run): void => {
        if (!gone.signal.aborted) setRuns((all) => ({ ...all, [id]: run }))
      }
      if (known) tell(known)
      else void follow(id, gone.signal, tell)
    }
    return () => gone.abort()
  }, [key, turn])
  const lost = ids.some((id) => {
    const error = runs[id]?.error
    return error !== undefined && isUnanswered(error)
  })
  useEffect(() => (lost ? onReturn(() => setTurn((it) => it + 1)) : undefined), [lost])
  return ids.map((id) => runs[id] ?? kept.get(id) ?? { id })
}
