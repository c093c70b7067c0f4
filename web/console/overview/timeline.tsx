/** One time axis, three charts, one cursor. */
import { effect, type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { Chart, type ChartData } from '../../kit/chart/chart.tsx'
import { scaling } from '../live.ts'
import { keyOf, nearest } from './decisions.ts'
import { lagChart, rateChart, workerChart } from './fleet-charts.ts'
import type { Columns } from './history.ts'
import { load } from './load-run.ts'
import type { Scene } from './marks.ts'
import { chosen, marked, moment, pointed } from './moment.ts'
import { inWords, type Range } from './ranges.ts'
import { Readout, valuesInWords } from './readout.tsx'
import { slide } from './slide.ts'
import { fleetNow, type Past } from './use-history.ts'

/** How near to a decision's mark the pointer counts as on it, px. */
const NEAR = 7

const heights = { lag: 140, rate: 96, workers: 152 } as const

/** Which of the columns each chart takes. */
const parts = {
  lag: ([x, lag]: Columns): ChartData => [x, lag],
  rate: ([x, , arrival, drain]: Columns): ChartData => [x, arrival, drain],
  workers: ([x, , , , desired, ready]: Columns): ChartData => [x, desired, ready],
} as const
type Part = keyof typeof parts
const names = ['lag', 'rate', 'workers'] as const satisfies readonly Part[]

/** A chart without two points has no scale. */
const orEmpty = ([x, ...lines]: ChartData, from: number, to: number): ChartData =>
  x.length > 0 ? [x, ...lines] : [[from / 1_000, to / 1_000], ...lines.map(() => [null, null])]

const empty: Columns = [[], [], [], [], [], []]

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
  const plots = useRef(new Map<Part, uPlot>())
  const edge = useRef(fleetNow())
  const scene = useRef<Scene>({
    decisions: [],
    loads: [],
    marked: undefined,
    chosen: undefined,
    min: 0,
    max: 0,
  }).current
  const move = (to: number): void => {
    edge.current = to
    const from = to - range.spanMs
    const running = load.value
    scene.loads = running ? [{ from: running.startedAt, to: running.endedAt ?? to }] : []
    for (const plot of plots.current.values()) plot.setScale('x', { min: from / 1_000, max: to / 1_000 })
  }
  const fill = (part: Part): void => {
    const to = edge.current
    plots.current.get(part)?.setData(orEmpty(parts[part](past.peek().columns), to - range.spanMs, to), false)
  }

  const onCursor = useMemo(
    () =>
      (plot: uPlot): void => {
        const left = plot.cursor.left ?? -1
        const at = left < 0 ? undefined : plot.posToVal(left, 'x') * 1_000
        // Each of the charts tells of the same.
        if (pointed.peek() === at) return
        pointed.value = at
        if (at === undefined) {
          if (marked.peek() === undefined) chosen.value = undefined
          return
        }
        const perPixel =
          (((plot.scales['x']?.max ?? 0) - (plot.scales['x']?.min ?? 0)) * 1_000) / plot.over.clientWidth
        const hit = nearest(scene.decisions, at, NEAR * perPixel)
        chosen.value = hit && keyOf(hit)
      },
    [],
  )
  const draws = useMemo(
    () => ({
      lag: lagChart(scene, onCursor),
      rate: rateChart(scene, onCursor),
      workers: workerChart(scene, onCursor),
    }),
    [],
  )

  // Data as it comes.
  useEffect(
    () =>
      effect(() => {
        const { decisions } = past.value
        scene.decisions = decisions
        const limits = scaling.value?.replicas
        if (limits) Object.assign(scene, { min: limits.min, max: limits.max })
        for (const part of names) fill(part)
        move(edge.current)
      }),
    [past, range],
  )
  // The axis goes on, or stands.
  useEffect(() => {
    if (frozenAt !== undefined) return move(frozenAt)
    return slide(range.spanMs, () => plots.current.get('lag')?.over.clientWidth ?? 0, move)
  }, [range, frozenAt])
  // What is pointed at.
  useEffect(
    () =>
      effect(() => {
        scene.marked = marked.value
        scene.chosen = chosen.value
        for (const plot of plots.current.values()) plot.redraw(false)
      }),
    [],
  )
  useEffect(
    () => () => {
      pointed.value = undefined
      marked.value = undefined
      chosen.value = undefined
    },
    [],
  )

  const ready = (part: Part) => (plot: uPlot | undefined) => {
    if (!plot) return void plots.current.delete(part)
    plots.current.set(part, plot)
    fill(part)
    move(edge.current)
  }
  const onReady = useMemo(
    () => ({ lag: ready('lag'), rate: ready('rate'), workers: ready('workers') }),
    [range],
  )

  const onKey = (event: KeyboardEvent): void => {
    const { spanMs } = range
    const to = edge.current
    const at = marked.peek() ?? to
    const times = scene.decisions.map((it) => Date.parse(it.at))
    const goals: Record<string, number | undefined> = {
      ArrowLeft: at - spanMs / 90,
      ArrowRight: at + spanMs / 90,
      PageUp: times.findLast((it) => it > at),
      PageDown: times.find((it) => it < at),
      Home: to - spanMs,
      End: to,
    }
    if (event.key === 'Escape') {
      marked.value = undefined
      chosen.value = undefined
    } else if (event.key in goals) {
      const goal = goals[event.key]
      if (goal !== undefined) {
        marked.value = Math.min(to, Math.max(to - spanMs, goal))
        const hit = scene.decisions.find((it) => Date.parse(it.at) === goal)
        chosen.value = hit && keyOf(hit)
      }
    } else return
    event.preventDefault()
  }

  const label = useSignal('')
  useEffect(() => {
    // Not each second: what reads it aloud would never come to an end.
    const say = (): void => {
      const { history } = past.peek()
      const most = history.samples.reduce((most, it) => Math.max(most, it.lag), 0)
      label.value = `${inWords(range)}: ${valuesInWords(past.peek(), undefined)}; at most a lag of ${most}`
    }
    say()
    const timer = setInterval(say, 10_000)
    return () => clearInterval(timer)
  }, [range])

  const at = moment.value
  return (
    <div class="overview-timeline">
      <Readout past={past} />
      <div
        class="overview-charts"
        role="slider"
        tabIndex={0}
        aria-label="Moment in the charts. Arrow keys move it, page keys go from decision to decision, Escape comes back to now"
        aria-valuemin={0}
        aria-valuemax={range.spanMs / 1_000}
        aria-valuenow={Math.round(
          at === undefined ? range.spanMs / 1_000 : (at - edge.current + range.spanMs) / 1_000,
        )}
        aria-valuetext={at === undefined ? 'now' : valuesInWords(past.peek(), at)}
        onKeyDown={onKey}
      >
        <span class="overview-chart-name">Lag, jobs</span>
        <Chart
          data={empty}
          options={draws.lag}
          height={heights.lag}
          label={`Lag, ${label.value}`}
          onReady={onReady.lag}
        />
        <span class="overview-chart-name">Arrival and drain, jobs/s</span>
        <Chart
          data={empty}
          options={draws.rate}
          height={heights.rate}
          label={`Arrival and drain, ${label.value}`}
          onReady={onReady.rate}
        />
        <span class="overview-chart-name">Workers wanted and ready, with decisions</span>
        <Chart
          data={empty}
          options={draws.workers}
          height={heights.workers}
          label={`Workers, ${label.value}`}
          onReady={onReady.workers}
        />
      </div>
    </div>
  )
}
