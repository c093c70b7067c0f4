/** A drawing that follows a stage: of what is seen as many points as the screen can show, anew for every frame in which the view moves. */
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { Chart, type ChartData, type ChartOptions } from '../../kit/chart/chart.tsx'
import type { Colours } from '../../kit/chart/colours.ts'
import { lowerBound, thin } from '../../kit/chart/thin.ts'
import type { Stage } from './stage.ts'

/** The points that are drawn: those that are seen, and one more on either side, for the line to leave by. */
export const drawnPoints = ({ xs, view }: Stage): { from: number; to: number } => ({
  from: Math.max(0, lowerBound(xs, view.value.min) - 1),
  to: Math.min(xs.length, lowerBound(xs, view.value.max) + 2),
})

const thinned = (
  stage: Stage,
  cells: Float64Array | undefined,
  columns: number,
  pick: typeof thin,
): ChartData => {
  const { from, to } = drawnPoints(stage)
  const rows = pick(stage.xs, cells ?? stage.xs, from, to, columns)
  const xs: number[] = []
  const ys: (number | null)[] = []
  for (const row of rows) {
    const y = cells?.[row] ?? Number.NaN
    xs.push(stage.xs[row] ?? 0)
    ys.push(Number.isNaN(y) ? null : y)
  }
  return [xs, ys]
}

/** A drawing of cells that follows the stage. */
export const Follower = ({
  stage,
  cells,
  options,
  optionsKey,
  height,
  label,
  also,
  pick = thin,
  onPlot,
}: {
  readonly stage: Stage
  /** What else is drawn: anew where it is another. */
  readonly also?: unknown
  /** The points that stand for those of a column of the screen. */
  readonly pick?: typeof thin
  readonly cells: Float64Array | undefined
  readonly options: (colours: Colours) => ChartOptions
  readonly optionsKey: string
  readonly height: number
  readonly label: string
  readonly onPlot?: (plot: uPlot | undefined) => void
}) => {
  const plot = useRef<uPlot>(undefined)
  const draw = (): void => {
    const { min, max } = stage.view.value
    const at = plot.current
    if (!at) return
    const data = thinned(stage, cells, Math.max(40, at.bbox.width), pick)
    at.batch(() => {
      at.setData(data, false)
      at.setScale('x', { min, max })
    })
  }
  useEffect(() => effect(draw), [stage, cells, also, optionsKey])
  return (
    <Chart
      data={empty}
      options={(colours) => ({ ...options(colours), hooks: withSize(options(colours).hooks, draw) })}
      optionsKey={optionsKey}
      height={height}
      label={label}
      resetScales={false}
      onReady={(made) => {
        plot.current = made
        onPlot?.(made)
        draw()
      }}
    />
  )
}

const empty: ChartData = [[], []]

const withSize = (hooks: uPlot.Hooks.Arrays | undefined, draw: () => void): uPlot.Hooks.Arrays => ({
  ...hooks,
  setSize: [() => queueMicrotask(draw)],
})
