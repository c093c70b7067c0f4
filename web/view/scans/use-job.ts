/** A job as it goes on: followed until it has ended, over every break. */
import { useEffect, useState } from 'preact/hooks'
import { followEvents } from '../../kit/api/event-stream.ts'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { ApiError } from '../../kit/api/problem.ts'
import type { Job } from '../../kit/api/types.ts'

export interface Followed {
  readonly job: Job | undefined
  /** False: news don't come any more, and it is tried again. Undefined: not known yet, or none will come. */
  readonly live: boolean | undefined
  /** There is no such job, or it may not be seen. */
  readonly error: ApiError | undefined
}

const NOTHING: Followed = { job: undefined, live: undefined, error: undefined }

export const useJob = (id: string): Followed => {
  const [state, setState] = useState<Followed>(NOTHING)
  useEffect(() => {
    setState(NOTHING)
    const done = new AbortController()
    void followEvents(`/jobs/${encodeURIComponent(id)}/events`, done.signal, {
      onEvent({ event, data }) {
        if (event !== 'job') return
        const job = JSON.parse(data) as Job
        if (hasEnded(job)) done.abort()
        setState({ job, live: hasEnded(job) ? undefined : true, error: undefined })
      },
      onLive: (live) => setState((known) => ({ ...known, live })),
      onEnd: (error) => setState({ ...NOTHING, error }),
    })
    return () => done.abort()
  }, [id])
  return state
}
