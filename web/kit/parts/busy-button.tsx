/** A button that waits for what it has begun: pressed again it does nothing, and who came by the keyboard stays on it. */
import type { ComponentChildren } from 'preact'

export const BusyButton = ({
  busy,
  onPress,
  look,
  label,
  disabled = false,
  children,
}: {
  readonly busy: boolean
  /** Absent: it submits its form. */
  readonly onPress?: () => void
  readonly look?: 'primary' | 'danger' | 'quiet' | undefined
  /** What a screen reader says, where the text alone does not tell what it is for. */
  readonly label?: string | undefined
  readonly disabled?: boolean
  readonly children: ComponentChildren
}) => (
  <button
    type={onPress ? 'button' : 'submit'}
    class={look}
    disabled={disabled}
    // One that is disabled loses the focus, for good.
    aria-disabled={busy}
    onClick={(event) => {
      if (busy) event.preventDefault()
      else onPress?.()
    }}
    {...(label === undefined ? {} : { 'aria-label': label })}
  >
    {children}
  </button>
)
