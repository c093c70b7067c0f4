/** The chart with all that moves with it: readout, buttons, drawings, lanes, overview. */
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { plural } from '../../kit/format.ts'
import { listen, press } from './gestures.ts'
import { Lanes } from './lanes.tsx'
import { Overview } from './overview.tsx'
import { ScorePlot, SeriesPlot } from './plots.tsx'
import type { Series } from './points.ts'
import { Readout } from './readout.tsx'
import type { Sheet } from './report.ts'
import type { Stage } from './stage.ts'
import type { Run } from './use-runs.ts'

const SERIES_HEIGHT = 300
const SCORE_HEIGHT = 104

const zooms = [
  ['-', '−', 'Zoom out'],
  ['+', '+', 'Zoom in'],
  ['0', 'All', 'Show all'],
] as const

export const Board = ({
  stage,
  sheet,
  sheetKey,
  series,
  runs,
  selected,
  onShow,
  onDrop,
  onPlots,
}: {
  readonly stage: Stage
  readonly sheet: Sheet
  readonly sheetKey: string
  readonly series: Series | undefined
  readonly runs: readonly Run[]
  /** The place of the selected range; -1: none. */
  readonly selected: number
  readonly onShow: (id: string) => void
  readonly onDrop: (id: string) => void
  readonly onPlots: (plots: readonly uPlot[]) => void
}) => {
  const element = useRef<HTMLDivElement>(null)
  const plots = useRef<{ series?: uPlot | undefined; score?: uPlot | undefined }>({})
  const tell = (): void =>
    onPlots([plots.current.series, plots.current.score].filter((it): it is uPlot => it !== undefined))
  useEffect(() => (element.current ? listen(element.current, stage) : undefined), [stage])

  const { values, band, scores, ranges } = sheet
  const has = values !== undefined || band !== undefined
  const label = `${series?.name ?? 'The series'}: ${plural(sheet.xs.length, 'point')}, ${plural(ranges.length, 'range')} flagged. The list of anomalies says the same.`
  return (
    <section class="panel analyse-board" aria-label="Chart">
      <header>
        <Readout stage={stage} sheet={sheet} />
        <div class="row" role="group" aria-label="Zoom">
          {zooms.map(([key, sign, name]) => (
            <button
              key={key}
              type="button"
              class="quiet"
              title={`${name} (${key})`}
              aria-label={name}
              onClick={() => press(stage, key)}
            >
              {sign}
            </button>
          ))}
        </div>
      </header>
      <div
        class="analyse-plots"
        ref={element}
        role="application"
        tabindex={0}
        aria-label="Chart: plus and minus zoom, arrow keys move, 0 shows all"
      >
        {(has || scores === undefined) && (
          <SeriesPlot
            stage={stage}
            sheet={sheet}
            sheetKey={sheetKey}
            height={SERIES_HEIGHT}
            label={label}
            selected={ranges[selected]}
            axis={scores === undefined}
            onPlot={(plot) => {
              plots.current.series = plot
              tell()
            }}
          />
        )}
        {scores && (
          <ScorePlot
            stage={stage}
            sheet={sheet}
            sheetKey={sheetKey}
            height={SCORE_HEIGHT}
            label="Score of each point, and the threshold"
            onPlot={(plot) => {
              plots.current.score = plot
              tell()
            }}
          />
        )}
      </div>
      {runs.length > 1 && (
        <Lanes runs={runs} stage={stage} order={series?.order} onShow={onShow} onDrop={onDrop} />
      )}
      <Overview stage={stage} sheet={sheet} />
      <ul class="analyse-legend small soft">
        {values && <li class="value">value</li>}
        {band && <li class="band">expected</li>}
        <li class="minor">minor</li>
        <li class="major">major</li>
        <li class="critical">critical</li>
        {sheet.timed && <li class="zone">times in UTC</li>}
      </ul>
    </section>
  )
}
