/** How the drawings of a standing series look: the series with its band and alarms, and its scores below. */
import uPlot from 'uplot'
import { valueAxis } from '../../kit/chart/axes.ts'
import type { ChartOptions } from '../../kit/chart/chart.tsx'
import { type Colours, faded } from '../../kit/chart/colours.ts'
import { value } from '../../kit/format.ts'
import { utcTimes, xAxis } from '../x-axis.ts'

/** Both move together. */
const sync = { key: 'standing-series', setSeries: false }
const LEVEL = 5

export interface LiveHooks {
  /** The point under the pointer. */
  onCursor(index: number | undefined): void
  /** The reader has zoomed. */
  onHeld(held: boolean): void
}

/** Critical is a triangle, major a diamond, minor a dot: told by form, too. */
const formOf = (level: number, x: number, y: number, size: number): Path2D => {
  const path = new Path2D()
  if (level === 1) path.arc(x, y, size * 0.8, 0, 2 * Math.PI)
  else {
    path.moveTo(x, y - size)
    if (level === 2) path.lineTo(x + size, y)
    path.lineTo(level === 2 ? x : x + size, y + size)
    path.lineTo(x - size, level === 2 ? y : y + size)
    path.closePath()
  }
  return path
}

const drawAlarms =
  ({ warn, bad, surface }: Colours) =>
  (plot: uPlot): void => {
    const { ctx, bbox } = plot
    // As the analysis has them; major and critical are told apart by their forms.
    const fills = [warn, warn, bad, bad]
    const [xs, values, alarms] = [plot.data[0], plot.data[1], plot.data[LEVEL]]
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const [index, level] of (alarms ?? []).entries()) {
      const at = values?.[index]
      if (typeof level !== 'number' || typeof at !== 'number') continue
      const x = plot.valToPos(xs[index] ?? 0, 'x', true)
      const y = plot.valToPos(at, 'y', true)
      const fill = fills[level] ?? bad
      ctx.fillStyle = faded(fill, 0.35)
      ctx.fillRect(Math.round(x) - uPlot.pxRatio / 2, bbox.top, uPlot.pxRatio, bbox.height)
      const form = formOf(level, x, y, 5.5 * uPlot.pxRatio)
      ctx.lineWidth = 2 * uPlot.pxRatio
      ctx.strokeStyle = surface
      ctx.stroke(form)
      ctx.fillStyle = fill
      ctx.fill(form)
    }
    ctx.restore()
  }

const cursorOf = ({ onHeld }: LiveHooks, soft: string): uPlot.Cursor => ({
  sync,
  y: false,
  drag: { x: true, y: false },
  points: { size: 7, stroke: soft },
  bind: {
    dblclick: (_plot, _target, handler) => (event) => {
      onHeld(false)
      return handler(event)
    },
  },
})

export const seriesOptions =
  (timed: boolean, hooks: LiveHooks) =>
  (colours: Colours): ChartOptions => ({
    ...utcTimes,
    padding: [10, 28, 4, 8],
    legend: { show: false },
    cursor: cursorOf(hooks, colours.surface),
    scales: { x: { time: timed } },
    axes: [xAxis(colours, timed, false), valueAxis(colours, value)],
    series: [
      {},
      { stroke: colours.ink, width: 1.25, points: { show: false } },
      { stroke: colours.accent, width: 1, dash: [4, 3], points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { show: false, auto: false },
    ],
    bands: [{ series: [4, 3], fill: faded(colours.accent, 0.14) }],
    hooks: {
      draw: [drawAlarms(colours)],
      setCursor: [(plot) => hooks.onCursor(plot.cursor.idx ?? undefined)],
      setSelect: [(plot) => plot.select.width > 0 && hooks.onHeld(true)],
    },
  })

export const scoreOptions =
  (timed: boolean, threshold: number, hooks: LiveHooks) =>
  (colours: Colours): ChartOptions => ({
    ...utcTimes,
    padding: [4, 28, 0, 8],
    legend: { show: false },
    cursor: cursorOf(hooks, colours.surface),
    scales: { x: { time: timed }, y: { range: [0, 1] } },
    axes: [
      xAxis(colours, timed, true),
      {
        ...valueAxis(colours, (it) => it.toFixed(1)),
        splits: () => [0, threshold],
        grid: { show: false },
      },
    ],
    series: [
      {},
      { stroke: colours.soft, width: 1, fill: faded(colours.soft, 0.15), points: { show: false } },
    ],
    hooks: {
      draw: [
        (plot) => {
          const { ctx, bbox } = plot
          const y = Math.round(plot.valToPos(threshold, 'y', true))
          ctx.save()
          ctx.strokeStyle = colours.bad
          ctx.lineWidth = uPlot.pxRatio
          ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio])
          ctx.beginPath()
          ctx.moveTo(bbox.left, y)
          ctx.lineTo(bbox.left + bbox.width, y)
          ctx.stroke()
          ctx.restore()
        },
      ],
      setSelect: [(plot) => plot.select.width > 0 && hooks.onHeld(true)],
    },
  })
