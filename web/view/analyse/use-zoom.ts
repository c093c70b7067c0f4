/** Keeps the view of a stage in the address, and follows the address where it changes (back, forward, a link). */
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Place } from './address.ts'
import type { Stage } from './stage.ts'
import { rowsOf, viewOfRows } from './viewport.ts'

/** The address is written once the view has rested for so long. */
const REST_MS = 350

/** The rows of a view as they stand in the address: none where all is seen. */
const rowsInAddress = ({ view, whole, xs }: Stage): Pick<Place, 'from' | 'to'> => {
  const { min, max } = view.peek()
  if (min === whole.min && max === whole.max) return { from: undefined, to: undefined }
  return rowsOf({ min, max }, xs)
}

export const useZoomInAddress = (
  stage: Stage | undefined,
  { from, to }: Place,
  go: (change: Partial<Place>, replace?: boolean) => void,
): void => {
  useEffect(() => {
    if (!stage) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = effect(() => {
      void stage.view.value
      clearTimeout(timer)
      timer = setTimeout(() => go(rowsInAddress(stage), true), REST_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [stage])

  const followed = useRef<Stage>(undefined)
  useEffect(() => {
    if (!stage) return
    // It was made for this address: `at` alone shows an anomaly, too.
    const isNew = followed.current !== stage
    followed.current = stage
    if (isNew) return
    const now = rowsInAddress(stage)
    if (now.from === from && now.to === to) return
    stage.move((view) => {
      if (from !== undefined && to !== undefined) return viewOfRows(from, to, stage.xs)
      return now.from === undefined ? view : stage.whole
    })
  }, [stage, from, to])
}
