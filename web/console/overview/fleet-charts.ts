/** The three charts over one time axis: how each is drawn. */
import uPlot from 'uplot'
import { clockValues, timeAxis, valueAxis } from '../../kit/chart/axes.ts'
import type { ChartOptions } from '../../kit/chart/chart.tsx'
import { type Colours, faded } from '../../kit/chart/colours.ts'
import { brief } from '../../kit/format.ts'
import { drawLoads, drawMarked, drawMarks, LANE, LOAD_ROOM, type Scene } from './marks.ts'

const AXIS_WIDTH = 44
const SYNC = 'fleet'

/** The least round number (1, 2, 5 and their tens) that leaves room above `most`: a scale that seldom changes. */
const roundAbove = (most: number, least: number): number => {
  const wanted = Math.max(least, most * 1.05)
  const ten = 10 ** Math.floor(Math.log10(wanted))
  return ([1, 2, 3, 5, 10].find((it) => it * ten >= wanted) ?? 10) * ten
}

const MINUTE = 60
const HOUR = 60 * MINUTE
/** Times that people count in, s. */
const ticks: Pick<uPlot.Axis, 'incrs' | 'space'> = {
  incrs: [
    ...[1, 2, 5, 10, 15, 30],
    ...[1, 2, 5, 10, 15, 30].map((it) => it * MINUTE),
    ...[1, 2, 3, 4, 6, 12, 24].map((it) => it * HOUR),
  ],
  space: 56,
}

/** Under a chart that another one follows: lines at the same times, no words. */
const bareAxis = ({ line }: Colours): uPlot.Axis => ({
  ...ticks,
  size: 0,
  gap: 0,
  grid: { stroke: faded(line, 0.6), width: 1 },
  ticks: { show: false },
  values: (_plot, splits) => splits.map(() => ''),
})

const numbers = (colours: Colours, text: (value: number) => string): uPlot.Axis => ({
  ...valueAxis(colours, text, AXIS_WIDTH),
  space: 24,
})

const common = (colours: Colours, scene: Scene, onCursor: (plot: uPlot) => void): ChartOptions => ({
  legend: { show: false },
  // Half of the lowest number on the axis hangs below it.
  padding: [8, 16, 7, 0],
  scales: { x: { time: true } },
  cursor: {
    y: false,
    drag: { x: false, y: false, setScale: false },
    sync: { key: SYNC, setSeries: false },
    points: { size: 6, width: 1.5, fill: colours.surface },
  },
  hooks: { draw: [(plot) => drawMarked(plot, colours, scene)], setCursor: [onCursor] },
  series: [{}],
})

const fromZero =
  (least: number): uPlot.Range.Function =>
  (_plot, _min, most) => [0, roundAbove(most ?? 0, least)]

const line = (stroke: string, rest: uPlot.Series = {}): uPlot.Series => ({
  stroke,
  width: 1.5,
  points: { show: false },
  ...rest,
})

export type Draw = (colours: Colours) => ChartOptions

/** Of seven columns (see `Columns`) a chart takes its own. */
export const lagChart =
  (scene: Scene, onCursor: (plot: uPlot) => void): Draw =>
  (colours) => {
    const base = common(colours, scene, onCursor)
    return {
      ...base,
      // The name of a load stands above its band.
      padding: [LOAD_ROOM, 16, 7, 0],
      scales: { ...base.scales, y: { range: fromZero(10) } },
      axes: [bareAxis(colours), numbers(colours, brief)],
      series: [{}, line(colours.accent, { fill: faded(colours.accent, 0.18) })],
      hooks: {
        ...base.hooks,
        drawClear: [(plot) => drawLoads(plot, colours, scene, true)],
      },
    }
  }

export const rateChart =
  (scene: Scene, onCursor: (plot: uPlot) => void): Draw =>
  (colours) => {
    const base = common(colours, scene, onCursor)
    return {
      ...base,
      scales: { ...base.scales, y: { range: fromZero(1) } },
      axes: [bareAxis(colours), numbers(colours, brief)],
      series: [{}, line(colours.lineStrong), line(colours.accent)],
      hooks: { ...base.hooks, drawClear: [(plot) => drawLoads(plot, colours, scene, false)] },
    }
  }

export const workerChart =
  (scene: Scene, onCursor: (plot: uPlot) => void): Draw =>
  (colours) => {
    const base = common(colours, scene, onCursor)
    const paths = uPlot.paths.stepped?.({ align: 1 })
    const stepped: uPlot.Series = paths ? { paths } : {}
    const whole = (value: number): string => (Number.isInteger(value) ? String(value) : '')
    return {
      ...base,
      padding: [8, 16, 0, 0],
      // The most that there may be is always in sight: the scale stands still.
      scales: {
        ...base.scales,
        y: { range: (_plot, _min, most) => [0, Math.max(scene.max, most ?? 0, 1) * 1.1] },
      },
      axes: [
        { ...timeAxis(colours, LANE + 24, LANE + 4), ...ticks, values: clockValues },
        { ...numbers(colours, whole), incrs: [1, 2, 3, 5, 10, 20, 50, 100, 200, 500] },
      ],
      series: [
        {},
        line(colours.lineStrong, { ...stepped, dash: [4, 3] }),
        line(colours.accent, { ...stepped, fill: faded(colours.accent, 0.18) }),
      ],
      hooks: {
        ...base.hooks,
        draw: [...(base.hooks?.draw ?? []), (plot) => drawMarks(plot, colours, scene)],
      },
    }
  }
