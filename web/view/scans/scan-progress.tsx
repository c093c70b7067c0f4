/** How far a job is: a bar and its words. */
import type { Job } from '../../kit/api/types.ts'

export const Progress = ({ job, small = false }: { readonly job: Job; readonly small?: boolean }) => {
  const { fraction = 0, text } = job.progress ?? {}
  const words = text ?? (job.status === 'queued' ? 'Waits for its turn' : 'Begins')
  return (
    <div class={small ? 'scan-progress small' : 'scan-progress'}>
      <span class="num">{words}</span>
      <div
        class="bar"
        role="progressbar"
        aria-label="Series looked at"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(fraction * 100)}
        aria-valuetext={words}
      >
        <span style={{ width: `${fraction * 100}%` }} />
      </div>
    </div>
  )
}
