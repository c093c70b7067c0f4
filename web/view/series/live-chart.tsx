/** The last points of a standing series: values with band and alarms, scores below, and what the point under the pointer is. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { Alarm, JudgedPoint } from '../../kit/api/series-types.ts'
import { Chart, type ChartData } from '../../kit/chart/chart.tsx'
import { plural, value } from '../../kit/format.ts'
import { placeText } from '../stamp.ts'
import { columnsOf, rangeAround, xOf } from './columns.ts'
import { type LiveHooks, scoreOptions, seriesOptions } from './live-options.ts'

/** Points on both sides of an alarm that is looked at. */
const AROUND = 60

const said = (it: number | null): string => (it === null ? '–' : value(it))

const Reading = ({ point, last }: { readonly point: JudgedPoint; readonly last: boolean }) => (
  <dl class="series-reading num">
    <div>
      <dt>{last ? 'Last point' : 'Point'}</dt>
      <dd>{placeText(xOf(point), point.at !== undefined)}</dd>
    </div>
    <div>
      <dt>Value</dt>
      <dd>{point.value === null ? 'missing' : value(point.value)}</dd>
    </div>
    <div>
      <dt>Expected</dt>
      <dd>
        {said(point.expected)}
        {point.lower !== null && (
          <span class="soft">
            {' '}
            ({said(point.lower)} to {said(point.upper)})
          </span>
        )}
      </dd>
    </div>
    <div>
      <dt>Score</dt>
      <dd>{point.score.toFixed(3)}</dd>
    </div>
  </dl>
)

const labelOf = (points: readonly JudgedPoint[], alarms: number): string => {
  const last = points.at(-1)
  const value_ = last?.value ?? null
  return `The last ${plural(points.length, 'point')}, the newest ${value_ === null ? 'missing' : value(value_)}; ${plural(alarms, 'alarm')} among them`
}

export const LiveChart = ({
  points,
  alarms,
  threshold,
  focus,
}: {
  readonly points: readonly JudgedPoint[]
  readonly alarms: readonly Alarm[]
  readonly threshold: number
  /** An alarm's row to look at; each object is a new wish. */
  readonly focus: { readonly row: number } | undefined
}) => {
  const [index, setIndex] = useState<number>()
  const [held, setHeld] = useState(false)
  const upper = useRef<uPlot>(undefined)
  const lower = useRef<uPlot>(undefined)
  const hooks: LiveHooks = useMemo(() => ({ onCursor: setIndex, onHeld: setHeld }), [])
  const columns = useMemo(() => columnsOf(points, alarms), [points, alarms])
  const { timed, x } = columns
  const [series, scores] = useMemo((): [ChartData, ChartData] => {
    const it = columns
    const xs = [...it.x]
    return [
      [xs, it.value, it.expected, it.lower, it.upper, it.level].map((cells) => [...cells]) as ChartData,
      [xs, [...it.score]],
    ]
  }, [columns])
  const plots = (): uPlot[] => [upper.current, lower.current].flatMap((it) => it ?? [])
  const look = (min: number, max: number): void => {
    for (const plot of plots()) plot.setScale('x', { min, max })
  }

  useEffect(() => {
    const range = focus && rangeAround(points, focus.row, AROUND)
    if (!range) return
    setHeld(true)
    look(...range)
  }, [focus])
  const follow = (): void => {
    setHeld(false)
    const [first, last] = [x[0], x.at(-1)]
    if (first !== undefined && last !== undefined) look(first, last)
  }
  // New points under a view that is held are drawn where they are.
  useEffect(() => {
    if (!held) return
    const seen = upper.current?.scales['x']?.max ?? Number.POSITIVE_INFINITY
    // The last of what was looked at has left the window.
    if (seen < (x[0] ?? Number.NEGATIVE_INFINITY)) follow()
    else for (const plot of plots()) plot.redraw(false)
  }, [series, held])

  const under = index === undefined ? undefined : points[index]
  const point = under ?? points.at(-1)
  const key = `${timed}`
  return (
    <>
      <div class="series-above">{point && <Reading point={point} last={under === undefined} />}</div>
      <Chart
        data={series}
        options={seriesOptions(timed, hooks)}
        optionsKey={key}
        height={280}
        label={labelOf(points, columns.level.filter((it) => it !== null).length)}
        onReady={(plot) => {
          upper.current = plot
        }}
        resetScales={!held}
      />
      <Chart
        data={scores}
        options={scoreOptions(timed, threshold, hooks)}
        optionsKey={`${key} ${threshold}`}
        height={96}
        label={`Scores of these points; alarms are raised from ${threshold} on`}
        onReady={(plot) => {
          lower.current = plot
        }}
        resetScales={!held}
      />
      <div class="small soft series-legend">
        <span class="series-key value">Value</span>
        <span class="series-key expected">Expected</span>
        <span class="series-key band">Usual range</span>
        <span class="series-key score">Score, and the threshold of {threshold}</span>
        {timed && <span>Times in UTC</span>}
        {held ? (
          <button type="button" class="quiet series-hint" onClick={follow}>
            Show all, and follow
          </button>
        ) : (
          <span class="series-hint">Drag to zoom</span>
        )}
      </div>
    </>
  )
}
