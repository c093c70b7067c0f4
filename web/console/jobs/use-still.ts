/** Whether a list has to keep still: its reader points at it, reads on below, or has something chosen. */
import { useEffect, useState } from 'preact/hooks'

/** Further down than this the reader has scrolled, px. */
const SCROLLED = 120

export interface Still {
  readonly isStill: boolean
  /** Of the element with the rows. */
  readonly handlers: {
    readonly onPointerEnter: (event: PointerEvent) => void
    readonly onPointerLeave: () => void
    readonly onFocusIn: () => void
    readonly onFocusOut: () => void
  }
}

export const useStill = (isChosen: boolean): Still => {
  const [isOver, setOver] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const [isScrolled, setScrolled] = useState(scrollY > SCROLLED)
  useEffect(() => {
    const onScroll = (): void => setScrolled(scrollY > SCROLLED)
    addEventListener('scroll', onScroll, { passive: true })
    return () => removeEventListener('scroll', onScroll)
  }, [])
  return {
    isStill: isOver || isFocused || isScrolled || isChosen,
    handlers: {
      // A finger does not hover.
      onPointerEnter: ({ pointerType }) => setOver(pointerType === 'mouse'),
      onPointerLeave: () => setOver(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
  }
}
