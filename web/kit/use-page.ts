/** What changes with the page: the title of the window, and where a screen reader goes on. */
import { useEffect, useRef } from 'preact/hooks'

export const usePage = (path: string, title: string): void => {
  const before = useRef(path)
  useEffect(() => {
    document.title = title
    // A screen reader goes on where the new page begins.
    if (before.current !== path) document.getElementById('main')?.focus({ preventScroll: true })
    before.current = path
  }, [path, title])
}
