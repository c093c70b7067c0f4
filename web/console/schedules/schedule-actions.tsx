/** What is done to a schedule: run now, paused, deleted. */
import { useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import type { Schedule } from '../../kit/api/schedule-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { Action } from '../../kit/parts/action.tsx'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { tell } from '../../kit/parts/toasts.tsx'

export const schedulePath = (name: string): string => `/schedules/${encodeURIComponent(name)}`

export const ScheduleActions = ({
  schedule: { name, paused },
  look,
  onChange,
  onDeleted,
}: {
  readonly schedule: Schedule
  readonly look?: 'quiet'
  readonly onChange: () => void
  readonly onDeleted: () => void
}) => {
  const [asks, setAsks] = useState(false)
  const path = schedulePath(name)
  const run = async (): Promise<void> => {
    const { id } = await api<Job>(`${path}/run`, { method: 'POST' })
    tell(`${name} runs now.`, { href: `/jobs/${id}`, text: 'Its job' })
    onChange()
  }
  const pause = async (): Promise<void> => {
    await api(`${path}/${paused ? 'resume' : 'pause'}`, { method: 'POST' })
    tell(paused ? `${name} goes on with its next run.` : `${name} is paused.`)
    onChange()
  }
  const remove = async (): Promise<void> => {
    await api(path, { method: 'DELETE' })
    tell(`${name} is deleted.`)
    onDeleted()
  }
  const some = look === undefined ? {} : { look }
  return (
    <div class="row sc-actions">
      <Action {...some} onRun={run} label={`Run now: ${name}`}>
        Run now
      </Action>
      <Action {...some} onRun={pause} label={`${paused ? 'Resume' : 'Pause'} ${name}`}>
        {paused ? 'Resume' : 'Pause'}
      </Action>
      <button
        type="button"
        class={look ?? 'danger'}
        aria-label={`Delete ${name}`}
        onClick={() => setAsks(true)}
      >
        Delete
      </button>
      {asks && (
        <Confirm
          title={`Delete ${name}?`}
          action="Delete the schedule"
          danger
          onConfirm={remove}
          onClose={() => setAsks(false)}
        >
          <p>Runs to come are cancelled. Jobs of runs that are past go on, and keep their results.</p>
        </Confirm>
      )}
    </div>
  )
}
