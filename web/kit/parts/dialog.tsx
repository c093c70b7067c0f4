/** A dialog over the page: the browser's own keeps the focus within. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

export const Dialog = ({
  title,
  onClose,
  children,
}: {
  readonly title: string
  /** Escape, too. */
  readonly onClose: () => void
  readonly children: ComponentChildren
}) => {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    dialog?.showModal()
    return () => {
      dialog?.close()
      // A dialog that is taken out of the page at once does not give the focus back by itself.
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <div class="body">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
