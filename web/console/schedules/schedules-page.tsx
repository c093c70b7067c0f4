/** Schedules: jobs that are submitted at their times. */
import './schedules.css'
import { useLocation } from 'preact-iso'
import type { Schedule } from '../../kit/api/schedule-types.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { Next } from './next.tsx'
import { LastRun } from './run-status.tsx'
import { ScheduleActions, schedulePath } from './schedule-actions.tsx'
import { NewSchedule } from './schedule-form.tsx'
import { Timing } from './timing.tsx'

const EVERY_MS = 5_000

const Row = ({ schedule, onChange }: { readonly schedule: Schedule; readonly onChange: () => void }) => {
  const { name, paused, nextAt, job } = schedule
  return (
    <tr>
      <td class="sc-name">
        <a href={schedulePath(name)}>{name}</a>
        {paused && <span class="badge off">Paused</span>}
      </td>
      <td class="sc-when">
        <Timing schedule={schedule} />
      </td>
      <td class="sc-type">{job.type}</td>
      <td class="tight sc-next">
        {nextAt ? <Next at={nextAt} /> : <span class="soft">{paused ? '–' : 'none any more'}</span>}
      </td>
      <td class="tight sc-run">
        <LastRun name={name} nextAt={nextAt} />
      </td>
      <td class="tight sc-do">
        <ScheduleActions schedule={schedule} look="quiet" onChange={onChange} onDeleted={onChange} />
      </td>
    </tr>
  )
}

const List = () => {
  const { items, hasMore, busy, error, refresh, showMore } = usePages<Schedule>('/schedules?limit=50', {
    list: 'schedules',
    everyMs: EVERY_MS,
  })
  return (
    <>
      <FaultNotice error={error} stale={items !== undefined} onRetry={refresh} />
      <section class="panel" aria-label="List">
        {!items && !error && <Loading lines={4} what="Loading schedules" />}
        {items?.length === 0 && (
          <Empty title="No schedules yet">
            <p>
              A schedule posts a job by itself: every five minutes, each weekday at nine, or as cron says.
            </p>
            <a href="/schedules?new=1">Create the first one</a>
          </Empty>
        )}
        {items && items.length > 0 && (
          <div class="table">
            <table class="sc-table">
              <caption class="hidden">Schedules by name</caption>
              <thead>
                <tr>
                  <th>Name</th>
                  <th>When</th>
                  <th>Job</th>
                  <th>Next run</th>
                  <th>Last run</th>
                  <th>
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((it) => (
                  <Row key={it.name} schedule={it} onChange={refresh} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {hasMore && (
          <footer class="sc-foot">
            <BusyButton busy={busy} onPress={showMore}>
              Show more
            </BusyButton>
          </footer>
        )}
      </section>
    </>
  )
}

export const SchedulesPage = () => {
  const { query } = useLocation()
  const isNew = query['new'] !== undefined
  return (
    <>
      <div class="head">
        <h1>{isNew ? 'New schedule' : 'Schedules'}</h1>
        {!isNew && (
          <a class="button primary" href="/schedules?new=1">
            New schedule
          </a>
        )}
      </div>
      {isNew ? <NewSchedule type={query['type']} /> : <List />}
    </>
  )
}
