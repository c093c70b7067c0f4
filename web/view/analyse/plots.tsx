/** The series with its band and flagged ranges, and its scores below: two drawings on one x. */
import { useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { valueAxis } from '../../kit/chart/axes.ts'
import type { ChartOptions } from '../../kit/chart/chart.tsx'
import { type Colours, faded } from '../../kit/chart/colours.ts'
import { lowerBound, peaks } from '../../kit/chart/thin.ts'
import { brief, value as valueText } from '../../kit/format.ts'
import { utcTimes, xAxis } from '../x-axis.ts'
import { drawnPoints, Follower } from './follower.tsx'
import { paintBand, paintFlags, reachOf } from './paint.ts'
import { plotLeft, plotRight } from './plot-room.ts'
import type { Range } from './ranges.ts'
import type { Sheet } from './report.ts'
import type { Stage } from './stage.ts'

/** The nearest point to a place of the plot. */
const pointAt = ({ xs }: Stage, x: number): number => {
  const after = Math.min(xs.length - 1, lowerBound(xs, x))
  const before = Math.max(0, after - 1)
  return x - (xs[before] ?? 0) < (xs[after] ?? 0) - x ? before : after
}

const room = { left: plotLeft, right: plotRight }

const common = (stage: Stage, timed: boolean) =>
  ({
    ...utcTimes,
    legend: { show: false },
    padding: [6, room.right, 0, 0],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false, setScale: false },
      sync: { key: 'analyse', scales: ['x', null] },
      bind: { dblclick: () => null, mousedown: () => null, mouseup: () => null },
    },
    hooks: {
      setCursor: [
        (plot: uPlot) => {
          const { left = -1 } = plot.cursor
          stage.hover.value = left < 0 ? undefined : pointAt(stage, plot.posToVal(left, 'x'))
        },
      ],
    },
    scales: {
      x: {
        time: timed,
        auto: false,
        range: (_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => [min ?? 0, max ?? 1],
      },
    },
  }) satisfies Partial<ChartOptions>

export interface PlotProps {
  readonly stage: Stage
  readonly sheet: Sheet
  /** Says when the sheet is another. */
  readonly sheetKey: string
  readonly height: number
  readonly label: string
  readonly onPlot?: (plot: uPlot | undefined) => void
}

/** Room above and below what is seen. */
const padded = (low: number, high: number): uPlot.Range.MinMax => {
  if (!(low <= high)) return [0, 1]
  const by = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1
  return [low - by, high + by]
}

export const SeriesPlot = ({
  stage,
  sheet,
  sheetKey,
  height,
  label,
  selected,
  axis,
  onPlot,
}: PlotProps & {
  readonly selected: Range | undefined
  /** Whether the x axis stands here. */
  readonly axis: boolean
}) => {
  const { xs, timed, values, band, spans } = sheet
  const chosen = useRef(selected)
  chosen.current = selected
  const options = (colours: Colours): ChartOptions => {
    const shared = common(stage, timed)
    const drawBelow = (plot: uPlot): void => {
      const { ctx, bbox } = plot
      const ratio = uPlot.pxRatio
      const view = { min: plot.scales['x']?.min ?? 0, max: plot.scales['x']?.max ?? 1 }
      ctx.save()
      ctx.beginPath()
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
      ctx.clip()
      paintFlags(ctx, bbox, spans, view, colours, ratio)
      if (band) {
        const { from, to } = drawnPoints(stage)
        const x = (it: number): number => plot.valToPos(it, 'x', true)
        const y = (it: number): number => plot.valToPos(it, 'y', true)
        paintBand(ctx, { xs, band, from, to: to - 1, x, y, columns: bbox.width / ratio }, colours, ratio)
      }
      const at = chosen.current
      if (at) {
        const x = (point: number): number => plot.valToPos(xs[point] ?? 0, 'x', true)
        const [left, right] = [x(at.start) - 5 * ratio, x(at.end) + 5 * ratio]
        ctx.strokeStyle = colours.soft
        ctx.lineWidth = ratio
        ctx.strokeRect(left, bbox.top + ratio, right - left, bbox.height - 2 * ratio)
      }
      ctx.restore()
    }
    return {
      ...shared,
      // The least label stands half below the plot.
      padding: [6, room.right, axis ? 0 : 8, 0],
      hooks: { ...shared.hooks, drawClear: [drawBelow] },
      scales: {
        ...shared.scales,
        y: {
          range: (_plot, low, high) => {
            const { from, to } = drawnPoints(stage)
            const [least, most] = band ? reachOf(band, from, to - 1) : [low, high]
            return padded(
              Math.min(low ?? Number.POSITIVE_INFINITY, least ?? Number.POSITIVE_INFINITY),
              Math.max(high ?? Number.NEGATIVE_INFINITY, most ?? Number.NEGATIVE_INFINITY),
            )
          },
        },
      },
      axes: [xAxis(colours, timed, axis), valueAxis(colours, (it) => valueText(it), room.left)],
      series: [{}, { stroke: colours.accent, width: 1, points: { size: 4, fill: colours.accent } }],
    }
  }
  return (
    <Follower
      stage={stage}
      cells={values}
      options={options}
      optionsKey={`${sheetKey}|${axis}`}
      also={selected}
      height={height}
      label={label}
      {...(onPlot ? { onPlot } : {})}
    />
  )
}

const leastTop = 0.7

export const ScorePlot = ({ stage, sheet, sheetKey, height, label, onPlot }: PlotProps) => {
  const { timed, scores, threshold } = sheet
  const top = Math.min(1, Math.max(leastTop, scores?.reduce((most, it) => (it > most ? it : most), 0) ?? 0))
  const options = (colours: Colours): ChartOptions => {
    const shared = common(stage, timed)
    const drawLine = ({ ctx, bbox, valToPos }: uPlot): void => {
      if (threshold === undefined) return
      const y = Math.round(valToPos(threshold, 'y', true)) + 0.5
      ctx.save()
      ctx.strokeStyle = colours.bad
      ctx.lineWidth = uPlot.pxRatio
      ctx.setLineDash([5 * uPlot.pxRatio, 3 * uPlot.pxRatio])
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      ctx.restore()
    }
    return {
      ...shared,
      hooks: { ...shared.hooks, draw: [drawLine] },
      scales: { ...shared.scales, y: { range: () => [0, top] } },
      axes: [xAxis(colours, timed, true), { ...valueAxis(colours, (it) => brief(it), room.left), space: 26 }],
      series: [
        {},
        { stroke: colours.soft, fill: faded(colours.soft, 0.14), width: 1, points: { show: false } },
      ],
    }
  }
  return (
    <Follower
      stage={stage}
      cells={scores}
      options={options}
      optionsKey={`${sheetKey}|${threshold}`}
      pick={peaks}
      height={height}
      label={label}
      {...(onPlot ? { onPlot } : {})}
    />
  )
}
