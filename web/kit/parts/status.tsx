/** A job's status: word, colour and form. */
import type { JobStatus } from '../api/types.ts'

const looks: Readonly<
  Record<JobStatus, { readonly look: string; readonly text: string; readonly title: string }>
> = {
  queued: { look: 'wait', text: 'Queued', title: 'Waits for its turn or its time' },
  running: { look: 'run', text: 'Running', title: 'A worker has it' },
  failed: { look: 'warn', text: 'Retrying', title: 'An attempt failed; another follows' },
  succeeded: { look: 'good', text: 'Succeeded', title: 'It has a result' },
  dead: { look: 'bad', text: 'Dead', title: 'All attempts failed; it can be replayed' },
  cancelled: { look: 'off', text: 'Cancelled', title: 'It was stopped' },
}

export const statusText = (status: JobStatus): string => looks[status].text

export const Status = ({ status }: { readonly status: JobStatus }) => {
  const { look, text, title } = looks[status]
  return (
    <span class={`badge ${look}`} title={title}>
      {text}
    </span>
  )
}
