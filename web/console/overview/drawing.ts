/** The three charts as one drawing: what they show, from when to when, and what is pointed at. */
import type uPlot from 'uplot'
import type { ChartData } from '../../kit/chart/chart.tsx'
import { scaling } from '../live.ts'
import { keyOf, nearest } from './decisions.ts'
import { type Draw, lagChart, rateChart, workerChart } from './fleet-charts.ts'
import { type Columns, columnsOf, emptyHistory } from './history.ts'
import { load } from './load-run.ts'
import type { Scene } from './marks.ts'
import { chosen, marked, pointed } from './moment.ts'
import { fleetNow, type Past } from './use-history.ts'

/** How near to a decision's mark the pointer counts as on it, px. */
const NEAR = 7

/** Which of the columns each chart takes. */
const columnsFor = {
  lag: ([x, lag]: Columns): ChartData => [x, lag],
  rate: ([x, , arrival, drain]: Columns): ChartData => [x, arrival, drain],
  workers: ([x, , , , desired, ready]: Columns): ChartData => [x, desired, ready],
} as const
export type Part = keyof typeof columnsFor

/** A chart without points has no scale. */
const orEmpty = ([x, ...lines]: ChartData, from: number, to: number): ChartData =>
  x.length > 0 ? [x, ...lines] : [[from / 1_000, to / 1_000], ...lines.map(() => [null, null])]

export interface Drawing {
  readonly draws: Readonly<Record<Part, Draw>>
  readonly scene: Readonly<Scene>
  /** The right edge, milliseconds since the epoch. */
  readonly edge: () => number
  readonly width: () => number
  /** Takes a chart in, or leaves it out where it is gone. */
  readonly join: (part: Part, plot: uPlot | undefined) => void
  readonly show: (past: Past) => void
  /** Ends at `to`, milliseconds since the epoch. */
  readonly move: (to: number) => void
  readonly point: (at: number | undefined, decision: string | undefined) => void
}

/** Tells where the pointer is: each of the charts tells of the same. */
const onCursor =
  (scene: Scene) =>
  (plot: uPlot): void => {
    const left = plot.cursor.left ?? -1
    const at = left < 0 ? undefined : plot.posToVal(left, 'x') * 1_000
    if (pointed.peek() === at) return
    pointed.value = at
    if (at === undefined) {
      if (marked.peek() === undefined) chosen.value = undefined
      return
    }
    const near = (plot.posToVal(NEAR, 'x') - plot.posToVal(0, 'x')) * 1_000
    const hit = nearest(scene.decisions, at, near)
    chosen.value = hit && keyOf(hit)
  }

export const createDrawing = (spanMs: number): Drawing => {
  const plots = new Map<Part, uPlot>()
  const scene: Scene = { decisions: [], loads: [], marked: undefined, chosen: undefined, min: 0, max: 0 }
  const cursor = onCursor(scene)
  let columns = columnsOf(emptyHistory({ spanMs, stepMs: spanMs }, 0))
  let edge = fleetNow()

  const fill = (part: Part): void =>
    plots.get(part)?.setData(orEmpty(columnsFor[part](columns), edge - spanMs, edge), false)

  const move = (to: number): void => {
    edge = to
    const it = load.peek()
    scene.loads = it ? [{ from: it.startedAt, to: it.endedAt ?? to }] : []
    for (const plot of plots.values()) plot.setScale('x', { min: (to - spanMs) / 1_000, max: to / 1_000 })
  }

  return {
    draws: {
      lag: lagChart(scene, cursor),
      rate: rateChart(scene, cursor),
      workers: workerChart(scene, cursor),
    },
    scene,
    edge: () => edge,
    width: () => plots.get('lag')?.over.clientWidth ?? 0,
    join(part, plot) {
      if (!plot) return void plots.delete(part)
      plots.set(part, plot)
      fill(part)
      move(edge)
    },
    show(past) {
      columns = past.columns
      const { min, max } = scaling.peek()?.replicas ?? scene
      Object.assign(scene, { decisions: past.decisions, min, max })
      for (const part of plots.keys()) fill(part)
      move(edge)
    },
    move,
    point(at, decision) {
      scene.marked = at
      scene.chosen = decision
      for (const plot of plots.values()) plot.redraw(false)
    },
  }
}
