/** Axes that all charts share. */
import type uPlot from 'uplot'
import type { Colours } from './colours.ts'

const FONT = '11px Geist, Waiting, system-ui, sans-serif'

/** `size`: its height, `gap`: the room between the plot and the words, px. */
export const timeAxis = ({ soft, line }: Colours, size = 28, gap = 4): uPlot.Axis => ({
  stroke: soft,
  font: FONT,
  size,
  gap,
  grid: { show: false },
  ticks: { stroke: line, width: 1, size: 4 },
})

/** Ticks of at most some days: 14:03, with seconds where they are close, a date where they are far apart. Each is one line. */
export const clockValues: uPlot.Axis.Values = [
  [86_400, '{MMM} {D}', null, null, null, null, null, null, 0],
  [60, '{HH}:{mm}', null, null, null, null, null, null, 0],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 0],
]

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
