/** Workers, and what each of them runs now. */
import './workers.css'
import { useMemo, useRef } from 'preact/hooks'
import type { BusyWorker } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural } from '../../kit/format.ts'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { nameOf, nextRoster, type Roster } from './roster.ts'
import { WorkerCard } from './worker-card.tsx'

const EVERY_MS = 1_000

const summaryOf = (roster: Roster): string => {
  const here = roster.filter(({ leftAt }) => leftAt === undefined)
  const slots = here.flatMap((it) => it.slots)
  const busy = slots.filter((it) => it !== undefined).length
  const claimed = here.reduce((sum, { worker }) => sum + worker.claimed, 0)
  const workers = here.filter(({ worker }) => worker.nodeType === 'child').length
  const masters = here.length - workers
  const who = [plural(workers, 'worker'), ...(masters === 0 ? [] : [plural(masters, 'master')])].join(' and ')
  return `${who}, ${count(busy)} of ${plural(slots.length, 'slot')} busy, ${plural(claimed, 'job')} claimed`
}

export const WorkersPage = () => {
  const { data, error, refresh } = usePoll<{ workers: readonly BusyWorker[] }>('/workers', EVERY_MS)
  const known = useRef<Roster>(undefined)
  const roster = useMemo(() => {
    if (data) known.current = nextRoster(known.current, data.workers, Date.now())
    return known.current
  }, [data])
  return (
    <>
      <div class="head">
        <h1>Workers</h1>
        <span class="small soft num">{roster && summaryOf(roster)}</span>
      </div>
      <FaultNotice error={error} stale={roster !== undefined} onRetry={refresh} />
      {!roster && !error && (
        <div class="panel">
          <Loading lines={5} what="Loading the workers" />
        </div>
      )}
      {roster?.length === 0 && (
        <div class="panel">
          <Empty title="No worker is there">
            <p>Workers run the jobs. Those that are posted now wait until one has started.</p>
          </Empty>
        </div>
      )}
      <ul class="workers-list" aria-label="Workers">
        {roster?.map((member) => (
          <WorkerCard key={nameOf(member.worker)} member={member} />
        ))}
      </ul>
    </>
  )
}
