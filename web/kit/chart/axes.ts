/** Axes that all charts share. */
import type uPlot from 'uplot'
import type { Colours } from './colours.ts'

const FONT = '11px Geist, Waiting, system-ui, sans-serif'

export const timeAxis = ({ soft, line }: Colours): uPlot.Axis => ({
  stroke: soft,
  font: FONT,
  size: 28,
  gap: 4,
  grid: { show: false },
  ticks: { stroke: line, width: 1, size: 4 },
})

export const valueAxis = (
  { soft, line }: Colours,
  text: (value: number) => string,
  width = 52,
): uPlot.Axis => ({
  stroke: soft,
  font: FONT,
  size: width,
  gap: 6,
  grid: { stroke: line, width: 1 },
  ticks: { show: false },
  values: (_plot, splits) => splits.map(text),
})
