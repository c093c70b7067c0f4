/** Whether a list has to keep still: its reader points at it, reads on below, or has something selected. */
import { useEffect, useState } from 'preact/hooks'

/** Further down than this the reader has scrolled, px. */
const SCROLLED = 120

export interface Still {
  readonly isStill: boolean
  /** Of the list with all that belongs to it: who goes from its rows to its buttons is not done with it. */
  readonly onList: {
    readonly onPointerEnter: (event: PointerEvent) => void
    readonly onPointerLeave: () => void
  }
  readonly onRows: {
    readonly onFocusIn: (event: FocusEvent) => void
    readonly onFocusOut: () => void
  }
}

export const useStill = (isSelected: boolean): Still => {
  const [isOver, setOver] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const [isScrolled, setScrolled] = useState(scrollY > SCROLLED)
  useEffect(() => {
    const onScroll = (): void => setScrolled(scrollY > SCROLLED)
    addEventListener('scroll', onScroll, { passive: true })
    return () => removeEventListener('scroll', onScroll)
  }, [])
  return {
    isStill: isOver || isFocused || isScrolled || isSelected,
    onList: {
      // A finger does not hover.
      onPointerEnter: ({ pointerType }) => setOver(pointerType === 'mouse'),
      onPointerLeave: () => setOver(false),
    },
    onRows: {
      // By the keyboard: what was clicked keeps the focus without anybody at it.
      onFocusIn: ({ target }) => setFocused(target instanceof Element && target.matches(':focus-visible')),
      onFocusOut: () => setFocused(false),
    },
  }
}
