/** How far it is, as the handler told it last. */
import type { Progress } from '../../kit/api/types.ts'

export const JobProgress = ({ progress, label }: { readonly progress: Progress; readonly label: string }) => {
  const percent = Math.round(progress.fraction * 100)
  return (
    <div class="job-progress">
      <div
        class="bar"
        role="progressbar"
        aria-label={`Progress of ${label}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        {...(progress.text === undefined ? {} : { 'aria-valuetext': `${percent} %, ${progress.text}` })}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <span class="small num">{percent} %</span>
      <span class="small soft job-progress-text">{progress.text}</span>
    </div>
  )
}
