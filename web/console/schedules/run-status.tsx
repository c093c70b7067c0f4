/** How a run of a schedule went: asked for until it has ended. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { ScheduleDetails, ScheduleTick } from '../../kit/api/schedule-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { Status } from '../../kit/parts/status.tsx'
import { When } from '../../kit/parts/when.tsx'
import { schedulePath } from './schedule-actions.tsx'

const EVERY_MS = 3_000

const whys: Readonly<Record<string, string>> = {
  overlap: 'the run before had not ended',
  missed: 'no master was there in time',
}

const Skipped = ({ why }: { readonly why: string }) => (
  <span class="badge off" title={whys[why] ?? why}>
    Left out
  </span>
)

export const skippedWords = (why: string): string => whys[why] ?? why

interface Run {
  /** As it was last; undefined: not known yet, or no longer. */
  readonly job: Job | undefined
  readonly isGone: boolean
}
const unknown: Run = { job: undefined, isGone: false }

export const useRun = (jobId: string | undefined): Run => {
  const [known, setKnown] = useState<Run & { readonly id?: string }>(unknown)
  const mine = known.id === jobId ? known : unknown
  const isOver = mine.isGone || (mine.job !== undefined && hasEnded(mine.job))
  const path = jobId === undefined || isOver ? undefined : `/jobs/${jobId}`
  const { data, error } = usePoll<Job>(path, EVERY_MS)
  useEffect(() => {
    if (jobId === undefined) return
    if (data) setKnown({ id: jobId, job: data, isGone: false })
    else if (error?.status === 404) setKnown({ id: jobId, job: undefined, isGone: true })
  }, [data, error, jobId])
  return mine
}

export const RunStatus = ({
  tick: { skipped },
  run: { job, isGone },
}: {
  readonly tick: ScheduleTick
  readonly run: Run
}) => {
  if (skipped !== undefined) return <Skipped why={skipped} />
  if (isGone) return <span class="small soft">no longer kept</span>
  return job ? (
    <a class="sc-status" href={`/jobs/${job.id}`}>
      <Status status={job.status} />
    </a>
  ) : (
    <span class="small soft">…</span>
  )
}

/** The last run. Asked for once, and again whenever the next one is another: then a run has been. */
export const LastRun = ({ name, nextAt }: { readonly name: string; readonly nextAt: string | undefined }) => {
  const { data, refresh } = usePoll<ScheduleDetails>(schedulePath(name), 0)
  const before = useRef(nextAt)
  useEffect(() => {
    if (before.current !== nextAt) refresh()
    before.current = nextAt
  }, [nextAt, refresh])
  const last = data?.recent[0]
  const run = useRun(last?.jobId)
  if (!data) return <span class="small soft">…</span>
  if (!last) return <span class="small soft">none yet</span>
  return (
    <span class="sc-last">
      <RunStatus tick={last} run={run} />
      <span class="small soft">
        <When at={last.at} />
      </span>
    </span>
  )
}
