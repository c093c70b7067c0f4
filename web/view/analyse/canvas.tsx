/** A canvas that is as wide as its place and is painted anew where its size, the theme, or a signal that it reads changes. */
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type Colours, readColours } from '../../kit/chart/colours.ts'
import { shown } from '../../kit/theme.ts'
import type { Box } from './paint.ts'
import { plotLeft, plotRight } from './plot-room.ts'

export type Painter = (
  context: CanvasRenderingContext2D,
  /** The plot, in pixels of the canvas. */
  plot: Box,
  colours: Colours,
  ratio: number,
) => void

export const Canvas = ({ height, paint }: { readonly height: number; readonly paint: Painter }) => {
  const element = useRef<HTMLCanvasElement>(null)
  const width = useSignal(0)
  const latest = useRef(paint)
  const version = useSignal(0)
  const colours = useRef<{ theme: string; colours: Colours }>(undefined)

  useEffect(() => {
    const canvas = element.current
    if (!canvas) return
    const observer = new ResizeObserver(() => {
      width.value = canvas.clientWidth
    })
    observer.observe(canvas)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (latest.current === paint) return
    latest.current = paint
    version.value++
  }, [paint])

  useSignalEffect(() => {
    void version.value
    const canvas = element.current
    const context = canvas?.getContext('2d')
    const theme = shown.value
    if (!canvas || !context || width.value === 0) return
    if (colours.current?.theme !== theme) colours.current = { theme, colours: readColours() }
    const ratio = devicePixelRatio || 1
    const size = { width: Math.round(width.value * ratio), height: Math.round(height * ratio) }
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size)
    context.clearRect(0, 0, size.width, size.height)
    const left = Math.round(plotLeft * ratio)
    const plot = {
      left,
      top: 0,
      width: size.width - left - Math.round(plotRight * ratio),
      height: size.height,
    }
    if (plot.width > 0) latest.current(context, plot, colours.current.colours, ratio)
  })

  return (
    <div aria-hidden="true">
      <canvas ref={element} class="canvas" style={{ height: `${height}px` }} />
    </div>
  )
}
