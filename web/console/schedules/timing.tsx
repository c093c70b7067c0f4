/** When a schedule runs: in words, and as it was written. */
import type { Schedule } from '../../kit/api/schedule-types.ts'
import { timingWords } from './timing-words.ts'

export const Timing = ({ schedule: { cron, intervalMs, timezone } }: { readonly schedule: Schedule }) => {
  const words = timingWords({ cron, intervalMs })
  return (
    <span class="sc-timing">
      <span>{words.charAt(0).toUpperCase() + words.slice(1)}</span>
      {cron !== undefined && (
        <span class="small soft">
          {words !== cron && <code>{cron}</code>} {timezone}
        </span>
      )}
    </span>
  )
}
