/** One schedule: what it says, what comes, and what was. */
import './schedules.css'
import { useLocation, useRoute } from 'preact-iso'
import type { ScheduleDetails } from '../../kit/api/schedule-types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { Coming, Recent } from './runs.tsx'
import { ScheduleActions, schedulePath } from './schedule-actions.tsx'
import { EditSchedule } from './schedule-form.tsx'
import { Settings } from './settings.tsx'

const EVERY_MS = 3_000

export const SchedulePage = () => {
  const { name = '' } = useRoute().params
  const { query, route } = useLocation()
  const path = schedulePath(name)
  const { data, error, refresh } = usePoll<ScheduleDetails>(path, EVERY_MS)
  const isEdit = query['edit'] !== undefined
  if (!data)
    return error?.status === 404 ? (
      <>
        <h1>Schedule</h1>
        <section class="panel" aria-label="Schedule">
          <Empty title={`There is no schedule ${name}`}>
            <a href="/schedules">To the schedules</a>
          </Empty>
        </section>
      </>
    ) : (
      <>
        <h1>{name}</h1>
        <FaultNotice error={error} onRetry={refresh} />
        {!error && <Loading lines={5} />}
      </>
    )
  return (
    <>
      <div class="head">
        <div class="sc-title">
          <a class="small" href="/schedules">
            Schedules
          </a>
          <div class="row">
            <h1 class="sc-wrap">{name}</h1>
            {data.paused && <span class="badge off">Paused</span>}
          </div>
        </div>
        {!isEdit && (
          <div class="row">
            <a class="button" href={`${path}?edit=1`}>
              Edit
            </a>
            <ScheduleActions schedule={data} onChange={refresh} onDeleted={() => route('/schedules')} />
          </div>
        )}
      </div>
      <FaultNotice error={error} stale onRetry={refresh} />
      {isEdit ? (
        <EditSchedule
          schedule={data}
          onSaved={() => {
            refresh()
            route(path)
          }}
        />
      ) : (
        <div class="sc-columns">
          <div class="stack">
            <Coming schedule={data} />
            <Recent ticks={data.recent} />
          </div>
          <Settings schedule={data} />
        </div>
      )}
    </>
  )
}
