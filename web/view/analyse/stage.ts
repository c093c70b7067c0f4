/** What the drawings of one sheet share: the view, the pointer, and the one place from which all of them are moved. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { clamp, leastWidth, type View, wholeOf } from './viewport.ts'

export interface Stage {
  readonly xs: Float64Array
  readonly whole: View
  /** The least width of a view. */
  readonly least: number
  readonly view: ReadonlySignal<View>
  /** The point under the pointer. */
  readonly hover: Signal<number | undefined>
  /** Shows another part; drawn with the next frame, however often it is called before. */
  move(change: (view: View) => View): void
}

export const createStage = (xs: Float64Array, start: View | undefined): Stage => {
  const whole = wholeOf(xs)
  const least = leastWidth(whole, xs.length)
  const view = signal(start ? clamp(start, whole, least) : whole)
  let wanted = view.value
  let asked = false
  return {
    xs,
    whole,
    least,
    view,
    hover: signal(undefined),
    move(change) {
      wanted = clamp(change(wanted), whole, least)
      if (asked) return
      asked = true
      requestAnimationFrame(() => {
        asked = false
        if (wanted.min !== view.value.min || wanted.max !== view.value.max) view.value = wanted
      })
    },
  }
}
