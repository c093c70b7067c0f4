/** One time axis, three charts, one cursor. */
import './timeline.css'
import { effect, type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import { Chart, type ChartData } from '../../kit/chart/chart.tsx'
import { count } from '../../kit/format.ts'
import { keyOf } from './decisions.ts'
import { createDrawing, type Drawing, type Part } from './drawing.ts'
import { chosen, marked, moment, pointed } from './moment.ts'
import { momentAfter } from './moment-keys.ts'
import { inWords, type Range } from './ranges.ts'
import { Readout, valuesInWords } from './readout.tsx'
import { slide } from './slide.ts'
import type { Past } from './use-history.ts'

/** The words of the charts are made anew this often: who hears them would else never come to an end. */
const WORDS_EVERY_MS = 10_000

/** The drawing fills its charts itself. */
const nothing: ChartData = [[]]

const charts: readonly { readonly part: Part; readonly name: string; readonly height: number }[] = [
  { part: 'lag', name: 'Lag, jobs', height: 140 },
  { part: 'rate', name: 'Arrival and drain, jobs/s', height: 96 },
  { part: 'workers', name: 'Workers wanted and ready, with decisions', height: 152 },
]

const onKey = (event: KeyboardEvent, drawing: Drawing, range: Range): void => {
  const { decisions } = drawing.scene
  const to = drawing.edge()
  const times = decisions.map(({ at }) => Date.parse(at))
  const goal = momentAfter(event.key, marked.peek() ?? to, { from: to - range.spanMs, to, times })
  if (goal === undefined) return
  event.preventDefault()
  marked.value = goal === 'now' ? undefined : goal
  const hit = decisions[times.indexOf(marked.value ?? Number.NaN)]
  chosen.value = hit && keyOf(hit)
}

/** What all of the charts show, in words. */
const useWords = (range: Range, past: ReadonlySignal<Past>): string => {
  const words = useSignal('')
  useEffect(() => {
    const say = (): void => {
      const it = past.peek()
      const most = it.history.samples.reduce((most, { lag }) => Math.max(most, lag), 0)
      words.value = `${inWords(range)}: ${valuesInWords(it, undefined)}; at most a lag of ${count(most)}`
    }
    say()
    const timer = setInterval(say, WORDS_EVERY_MS)
    return () => clearInterval(timer)
  }, [range, past])
  return words.value
}

export const Timeline = ({
  range,
  past,
  frozenAt,
}: {
  readonly range: Range
  readonly past: ReadonlySignal<Past>
  /** The right edge where the axis stands still, milliseconds since the epoch. */
  readonly frozenAt: number | undefined
}) => {
  const drawing = useMemo(() => createDrawing(range.spanMs), [range])
  const onReady = useMemo(
    () =>
      Object.fromEntries(
        charts.map(({ part }) => [part, (plot: uPlot | undefined) => drawing.join(part, plot)]),
      ),
    [drawing],
  )
  useEffect(() => effect(() => drawing.show(past.value)), [drawing, past])
  useEffect(() => effect(() => drawing.point(marked.value, chosen.value)), [drawing])
  useEffect(() => {
    if (frozenAt !== undefined) return drawing.move(frozenAt)
    return slide(range.spanMs, drawing.width, drawing.move)
  }, [drawing, frozenAt])
  useEffect(
    () => () => {
      for (const it of [pointed, marked, chosen]) it.value = undefined
    },
    [],
  )
  const words = useWords(range, past)
  const at = moment.value
  const { spanMs } = range
  const place = at === undefined ? spanMs : at - drawing.edge() + spanMs
  return (
    <div class="overview-timeline">
      <Readout past={past} />
      <p hidden id="charts-in-words">
        {words}
      </p>
      <div
        class="overview-charts"
        role="slider"
        tabIndex={0}
        aria-label="Moment in the charts. Arrow keys move it, page keys go from decision to decision, Escape comes back to now"
        aria-valuemin={0}
        aria-valuemax={spanMs / 1_000}
        aria-valuenow={Math.round(place / 1_000)}
        aria-valuetext={at === undefined ? 'now' : valuesInWords(past.peek(), at)}
        // What is within a slider is not read: the words of the charts are its description.
        aria-describedby="charts-in-words"
        onKeyDown={(event) => onKey(event, drawing, range)}
      >
        {charts.map(({ part, name, height }) => (
          <div key={part}>
            <span class="overview-chart-name">{name}</span>
            <Chart
              data={nothing}
              options={drawing.draws[part]}
              optionsKey={range.key}
              height={height}
              label={`${name}, ${words}`}
              {...(onReady[part] ? { onReady: onReady[part] } : {})}
            />
          </div>
        ))}
      </div>
    </div>
  )
}
