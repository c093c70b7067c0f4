/** One job, followed to its end. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { followEvents } from './event-stream.ts'
import { hasEnded } from './has-ended.ts'
import type { ApiError } from './problem.ts'
import type { Job } from './types.ts'

export interface FollowedJob {
  readonly job: Job | undefined
  /** Why there is nothing to follow: 404 where it is not known (any more). */
  readonly error: ApiError | undefined
  /** Changes don't come at the moment; it is tried again. */
  readonly lost: boolean
  /** Shows what an action has answered, and follows on from there. */
  readonly goOn: (job?: Job) => void
}

/** A connection that is back before this was not lost for anybody who looks. */
const LOST_MS = 1_500

const nothing = { id: '', job: undefined, error: undefined, lost: false } as const

/** `id` undefined: none. */
export const useJob = (id: string | undefined): FollowedJob => {
  const [state, setState] = useState<Omit<FollowedJob, 'goOn'> & { readonly id: string }>(nothing)
  const [round, setRound] = useState(0)

  useEffect(() => {
    if (id === undefined) return
    const done = new AbortController()
    let losing: number | undefined
    const tell = (change: Partial<FollowedJob>): void => {
      clearTimeout(losing)
      losing = undefined
      setState((known) => ({ ...(known.id === id ? known : nothing), id, ...change }))
    }
    void followEvents(`/jobs/${encodeURIComponent(id)}/events`, done.signal, {
      onEvent({ event, data }) {
        if (event !== 'job' || done.signal.aborted) return
        const job = JSON.parse(data) as Job
        tell({ job, error: undefined, lost: false })
        // The stream ends with the job: there is no more to come.
        if (hasEnded(job)) done.abort()
      },
      onLive(live) {
        if (live) tell({ lost: false })
        else losing ??= window.setTimeout(() => tell({ lost: true }), LOST_MS)
      },
      onEnd: (error) => tell({ error, lost: false }),
    })
    return () => {
      clearTimeout(losing)
      done.abort()
    }
  }, [id, round])

  const goOn = useCallback((job?: Job) => {
    if (job) setState({ id: job.id, job, error: undefined, lost: false })
    setRound((it) => it + 1)
  }, [])
  return { ...(state.id === id ? state : nothing), goOn }
}
