/** The alarms of a series, newest first, each with why it is one. */
import type { Alarm } from '../../kit/api/series-types.ts'
import { Empty } from '../../kit/parts/states.tsx'
import { Severity, severityText } from '../parts/severity.tsx'
import { rarity } from '../scans/anomaly-text.ts'
import { placeText } from '../stamp.ts'

const whenText = ({ at, row }: Alarm): string =>
  at === undefined ? placeText(row, false) : placeText(Date.parse(at), true)

/** What a screen reader says when one comes. */
export const announcementOf = (alarm: Alarm): string =>
  `${severityText(alarm.severity)} alarm at ${whenText(alarm)}. ${alarm.explanation}`

const Item = ({
  alarm,
  fresh,
  onShow,
}: {
  readonly alarm: Alarm
  readonly fresh: boolean
  /** Undefined: its point is not among those that are shown. */
  readonly onShow: (() => void) | undefined
}) => (
  <li class={fresh ? 'series-alarm fresh' : 'series-alarm'}>
    <div class="row apart">
      <span class="row">
        <Severity severity={alarm.severity} />
        <time class="num" dateTime={alarm.at ?? alarm.raisedAt} title={alarm.at ?? alarm.raisedAt}>
          {whenText(alarm)}
        </time>
        {fresh && <span class="series-new">New</span>}
      </span>
      <span class="row small">
        <span class="soft num" title="Of usual points so many are as strange">
          {rarity(alarm.score)}
        </span>
        <span class="num">score {alarm.score.toFixed(3)}</span>
        <button
          type="button"
          class="quiet"
          disabled={!onShow}
          title={onShow ? undefined : 'Its point is older than those that are shown'}
          aria-label={`Show the alarm of ${whenText(alarm)} in the chart`}
          onClick={onShow}
        >
          Show
        </button>
      </span>
    </div>
    <p class="small soft">{alarm.explanation}</p>
  </li>
)

export const AlarmList = ({
  alarms,
  fresh,
  firstRow,
  older,
  onShow,
}: {
  readonly alarms: readonly Alarm[]
  readonly fresh: ReadonlySet<string>
  /** Of the points that are shown. */
  readonly firstRow: number
  readonly older: (() => void) | undefined
  readonly onShow: (row: number) => void
}) => (
  <>
    {alarms.length === 0 ? (
      <Empty title="No alarm so far">
        <span>Each event of the series raises one: its first point that is too strange to be usual.</span>
      </Empty>
    ) : (
      <ol class="series-alarms">
        {alarms.map((alarm) => (
          <Item
            key={alarm.id}
            alarm={alarm}
            fresh={fresh.has(alarm.id)}
            onShow={alarm.row < firstRow ? undefined : () => onShow(alarm.row)}
          />
        ))}
      </ol>
    )}
    {older && (
      <div class="series-more">
        <button type="button" onClick={older}>
          Older alarms
        </button>
      </div>
    )}
  </>
)
