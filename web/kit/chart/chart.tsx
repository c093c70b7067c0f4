/** A drawing of uPlot that follows its element's width, the page's colours and its data. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './chart.css'
import { shown } from '../theme.ts'
import { type Colours, readColours } from './colours.ts'

/** Columns that go on screen: x ascending, then one a series; null is a gap. */
export type ChartData = uPlot.AlignedData
export type ChartOptions = Omit<uPlot.Options, 'width' | 'height'>

export interface ChartProps {
  readonly data: ChartData
  /** Pure; called anew where `optionsKey` or the theme changes. */
  readonly options: (colours: Colours) => ChartOptions
  /** Says when the options are others. */
  readonly optionsKey?: string
  readonly height: number
  /** What it shows, in words: a drawing says nothing to a screen reader. */
  readonly label: string
  /** The drawing, for who moves or reads it; undefined when it is gone. */
  readonly onReady?: (plot: uPlot | undefined) => void
  /** False: new data leaves the x scale where it is. */
  readonly resetScales?: boolean
}

export const Chart = ({
  data,
  options,
  optionsKey = '',
  height,
  label,
  onReady,
  resetScales = true,
}: ChartProps) => {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const theme = shown.value
  const drawn = useRef<ChartData>(data)

  useEffect(() => {
    const home = element.current
    if (!home) return
    const size = (): { width: number; height: number } => ({ width: Math.max(40, home.clientWidth), height })
    const made = new uPlot({ ...options(readColours()), ...size() }, drawn.current, home)
    plot.current = made
    onReady?.(made)
    const observer = new ResizeObserver(() => {
      if (home.clientWidth !== made.width) made.setSize(size())
    })
    observer.observe(home)
    return () => {
      observer.disconnect()
      onReady?.(undefined)
      plot.current = undefined
      made.destroy()
    }
  }, [theme, optionsKey, height])

  useEffect(() => {
    if (drawn.current === data) return
    drawn.current = data
    plot.current?.setData(data, resetScales)
  }, [data, resetScales])

  return <div class="chart" ref={element} role="img" aria-label={label} />
}
