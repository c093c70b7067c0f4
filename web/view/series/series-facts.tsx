/** What a standing series is, in a line: whether it is live, how it is watched, how much has come. */
import type { SeriesDetails } from '../../kit/api/series-types.ts'
import { plural } from '../../kit/format.ts'
import { When } from '../../kit/parts/when.tsx'
import type { Live } from './use-live.ts'
import { WebhookState } from './webhook-state.tsx'

const LiveBadge = ({ live }: { readonly live: boolean | undefined }) => {
  if (live === undefined) return <span class="badge wait">Connecting</span>
  return live ? <span class="badge run">Live</span> : <span class="badge warn">Reconnecting</span>
}

export const Facts = ({ series, live }: { readonly series: SeriesDetails; readonly live: Live }) => {
  const { detector, threshold, webhook, lastAt, appendedAt } = series
  const points = Math.max(series.points, (live.points.at(-1)?.row ?? -1) + 1)
  const last = live.points.at(-1)?.at ?? lastAt ?? appendedAt
  return (
    <div class="row small soft series-facts num">
      <LiveBadge live={live.live} />
      <span>
        {detector} from {threshold}
      </span>
      <span>{plural(points, 'point')}</span>
      <span>{plural(series.alarms, 'alarm')}</span>
      {last !== undefined && (
        <span>
          last point <When at={last} />
        </span>
      )}
      <span>
        webhook: <WebhookState webhook={webhook} />
      </span>
    </div>
  )
}
