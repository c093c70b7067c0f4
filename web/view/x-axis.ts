/** The x of drawings of series: times in UTC, in milliseconds since the epoch, or rows, in whole steps. */
import uPlot from 'uplot'
import { timeAxis } from '../kit/chart/axes.ts'
import type { Colours } from '../kit/chart/colours.ts'
import { count } from '../kit/format.ts'
import { axisTexts } from './stamp.ts'

/** Options of a drawing whose x is in milliseconds. */
export const utcTimes = {
  ms: 1,
  tzDate: (ms: number): Date => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
} as const

/** Steps between rows: whole ones. */
const rowSteps = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 7 }, (_, zeros) => step * 10 ** zeros))
  .sort((a, b) => a - b)

/** Room of a tick's words with seconds, px. */
const TIME_SPACE = 72

/** Not `show`: it takes no room, and another one below speaks for it. */
export const xAxis = (colours: Colours, timed: boolean, show: boolean): uPlot.Axis => ({
  ...timeAxis(colours),
  ...(timed ? { space: TIME_SPACE } : { incrs: rowSteps }),
  values: (_plot, splits, _axis, _space, step) =>
    timed ? axisTexts(splits, step) : splits.map((it) => count(it)),
  ...(show ? {} : { values: () => [], size: 0, ticks: { show: false } }),
})
