/** Moves a stage by wheel, mouse, fingers and keys. */
import { plotLeft, plotRight } from './plot-room.ts'
import type { Stage } from './stage.ts'
import { pan, type View, zoom } from './viewport.ts'

const WHEEL_SPEED = 0.0016
const KEY_ZOOM = 0.7
const KEY_PAN = 0.15
/** A wheel counts lines of this many pixels, or pages, where it does not count pixels. */
const DELTA_PIXELS = [1, 16, 400] as const

const isWhole = ({ whole, view }: Stage): boolean =>
  view.value.min === whole.min && view.value.max === whole.max

const byKey: Readonly<Record<string, (stage: Stage, view: View) => View>> = {
  '+': ({ whole, least }, view) => zoom(view, whole, KEY_ZOOM, (view.min + view.max) / 2, least),
  '=': ({ whole, least }, view) => zoom(view, whole, KEY_ZOOM, (view.min + view.max) / 2, least),
  '-': ({ whole, least }, view) => zoom(view, whole, 1 / KEY_ZOOM, (view.min + view.max) / 2, least),
  ArrowLeft: ({ whole }, view) => pan(view, whole, -KEY_PAN),
  ArrowRight: ({ whole }, view) => pan(view, whole, KEY_PAN),
  PageUp: ({ whole }, view) => pan(view, whole, -1),
  PageDown: ({ whole }, view) => pan(view, whole, 1),
  Home: ({ whole }, view) => ({ min: whole.min, max: whole.min + view.max - view.min }),
  End: ({ whole }, view) => ({ min: whole.max - (view.max - view.min), max: whole.max }),
  '0': ({ whole }) => whole,
}

/** What a button or a key does to the view. */
export const press = (stage: Stage, key: string): boolean => {
  const change = byKey[key]
  if (change) stage.move((view) => change(stage, view))
  return change !== undefined
}

/** Listens on `element`, whose plot keeps plot-room.ts's distances, until it is told to stop. */
export const listen = (element: HTMLElement, stage: Stage): (() => void) => {
  const gone = new AbortController()
  const { signal } = gone
  /** Pointers that are down: where they were last, in pixels of the page. */
  const down = new Map<number, number>()

  const room = (): { left: number; width: number } => {
    const box = element.getBoundingClientRect()
    return { left: box.left + plotLeft, width: Math.max(1, box.width - plotLeft - plotRight) }
  }
  const zoomAt = (clientX: number, factor: number): void => {
    const { left, width } = room()
    const share = Math.min(1, Math.max(0, (clientX - left) / width))
    stage.move((view) =>
      zoom(view, stage.whole, factor, view.min + share * (view.max - view.min), stage.least),
    )
  }

  element.addEventListener(
    'wheel',
    (event) => {
      const unit = DELTA_PIXELS[event.deltaMode] ?? 1
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        event.preventDefault()
        const pixels = (event.deltaX || event.deltaY) * unit
        stage.move((view) => pan(view, stage.whole, pixels / room().width))
        return
      }
      // All is seen already: the page scrolls on.
      if (event.deltaY > 0 && isWhole(stage)) return
      event.preventDefault()
      zoomAt(event.clientX, Math.exp(event.deltaY * unit * WHEEL_SPEED))
    },
    { signal, passive: false },
  )

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return
      down.set(event.pointerId, event.clientX)
      element.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      const before = down.get(event.pointerId)
      if (before === undefined) return
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1]
      down.set(event.pointerId, event.clientX)
      if (other !== undefined) {
        const apart = Math.max(12, Math.abs(event.clientX - other))
        zoomAt((event.clientX + other) / 2, Math.max(12, Math.abs(before - other)) / apart)
      }
      const fingers = down.size
      const share = (before - event.clientX) / fingers / room().width
      if (share !== 0) stage.move((view) => pan(view, stage.whole, share))
    },
    { signal },
  )
  const lift = (event: PointerEvent): void => {
    down.delete(event.pointerId)
  }
  element.addEventListener('pointerup', lift, { signal })
  element.addEventListener('pointercancel', lift, { signal })
  element.addEventListener('dblclick', () => stage.move(() => stage.whole), { signal })
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (press(stage, event.key)) event.preventDefault()
    },
    { signal },
  )
  return () => gone.abort()
}
