/** The whole series in a strip, and on it the part that is seen: drag it, its edges, or a new one. */
import { useSignalEffect } from '@preact/signals'
import { useCallback, useEffect, useRef } from 'preact/hooks'
import { thin } from '../../kit/chart/thin.ts'
import { Canvas, type Painter } from './canvas.tsx'
import { paintBars } from './paint.ts'
import { plotLeft, plotRight } from './plot-room.ts'
import type { Sheet } from './report.ts'
import type { Stage } from './stage.ts'
import type { View } from './viewport.ts'

const HEIGHT = 48
const BARS = 9
/** So near to an edge it is the edge that is dragged, pixels. */
const EDGE = 7
const LEAST_DRAG = 3

type Grip = 'move' | 'min' | 'max' | 'new'

const gripOf = (x: number, left: number, right: number): Grip => {
  if (Math.abs(x - left) <= EDGE) return 'min'
  if (Math.abs(x - right) <= EDGE) return 'max'
  return x > left && x < right ? 'move' : 'new'
}

const dragged = (grip: Grip, begin: View, from: number, to: number): View => {
  if (grip === 'move') return { min: begin.min + to - from, max: begin.max + to - from }
  const [fixed, moved] = grip === 'min' ? [begin.max, to] : grip === 'max' ? [begin.min, to] : [from, to]
  return { min: Math.min(fixed, moved), max: Math.max(fixed, moved) }
}

const listen = (element: HTMLElement, stage: Stage): (() => void) => {
  const gone = new AbortController()
  const { signal } = gone
  const { whole } = stage
  let drag: { grip: Grip; begin: View; from: number; x: number } | undefined
  const scale = (): { left: number; perPixel: number } => {
    const box = element.getBoundingClientRect()
    const width = Math.max(1, box.width - plotLeft - plotRight)
    return { left: box.left + plotLeft, perPixel: (whole.max - whole.min) / width }
  }
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return
      const { left, perPixel } = scale()
      const begin = stage.view.value
      const pixel = (x: number): number => left + (x - whole.min) / perPixel
      const grip = gripOf(event.clientX, pixel(begin.min), pixel(begin.max))
      const all = begin.min === whole.min && begin.max === whole.max
      drag = {
        // Where all is seen there is nothing to move.
        grip: all && grip === 'move' ? 'new' : grip,
        begin,
        from: whole.min + (event.clientX - left) * perPixel,
        x: event.clientX,
      }
      element.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      if (!drag || Math.abs(event.clientX - drag.x) < LEAST_DRAG) return
      const { left, perPixel } = scale()
      const { grip, begin, from } = drag
      const to = whole.min + (event.clientX - left) * perPixel
      stage.move(() => dragged(grip, begin, from, to))
    },
    { signal },
  )
  element.addEventListener(
    'pointerup',
    (event) => {
      if (drag?.grip === 'new' && Math.abs(event.clientX - drag.x) < LEAST_DRAG) {
        const { begin, from } = drag
        const half = (begin.max - begin.min) / 2
        stage.move(() => ({ min: from - half, max: from + half }))
      }
      drag = undefined
    },
    { signal },
  )
  element.addEventListener(
    'pointercancel',
    () => {
      drag = undefined
    },
    { signal },
  )
  return () => gone.abort()
}

export const Overview = ({ stage, sheet }: { readonly stage: Stage; readonly sheet: Sheet }) => {
  const element = useRef<HTMLDivElement>(null)
  const seen = useRef<HTMLDivElement>(null)

  useEffect(() => (element.current ? listen(element.current, stage) : undefined), [stage])

  useSignalEffect(() => {
    const { min, max } = stage.view.value
    const { whole } = stage
    const share = (x: number): number => (x - whole.min) / (whole.max - whole.min)
    const inner = `(100% - ${plotLeft + plotRight}px)`
    if (!seen.current) return
    seen.current.style.left = `calc(${plotLeft}px + ${inner} * ${share(min)})`
    seen.current.style.width = `calc(${inner} * ${share(max) - share(min)})`
  })

  const paint: Painter = useCallback(
    (context, plot, colours, ratio) => {
      const { xs, values, scores, spans } = sheet
      const cells = values ?? scores
      const { whole } = stage
      const bars = BARS * ratio
      if (cells) {
        const points = thin(xs, cells, 0, xs.length, plot.width)
        let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
        for (const point of points) {
          const y = cells[point] ?? Number.NaN
          if (y < low) low = y
          if (y > high) high = y
        }
        const room = plot.height - bars - 6 * ratio
        const y = (it: number): number => 3 * ratio + room * (1 - (it - low) / (high - low || 1))
        const x = (it: number): number =>
          plot.left + ((it - whole.min) / (whole.max - whole.min)) * plot.width
        context.strokeStyle = colours.soft
        context.lineWidth = ratio
        context.beginPath()
        let pen = false
        for (const point of points) {
          const it = cells[point] ?? Number.NaN
          if (Number.isNaN(it)) pen = false
          else if (pen) context.lineTo(x(xs[point] ?? 0), y(it))
          else {
            context.moveTo(x(xs[point] ?? 0), y(it))
            pen = true
          }
        }
        context.stroke()
      }
      paintBars(context, { ...plot, top: plot.height - bars, height: bars }, spans, whole, colours, ratio)
    },
    [sheet, stage],
  )

  return (
    <div class="analyse-overview" ref={element} aria-hidden="true">
      <Canvas height={HEIGHT} paint={paint} />
      <div class="seen" ref={seen} />
    </div>
  )
}
