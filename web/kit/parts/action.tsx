/** A button that does something at the API: once at a time, and what goes wrong is told. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { attempt } from './toasts.tsx'

export const Action = ({
  onRun,
  look,
  label,
  disabled = false,
  children,
}: {
  readonly onRun: () => Promise<unknown>
  readonly look?: 'primary' | 'danger' | 'quiet'
  /** What a screen reader says, where the text alone does not tell what it is for. */
  readonly label?: string
  readonly disabled?: boolean
  readonly children: ComponentChildren
}) => {
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    await attempt(onRun)
    setBusy(false)
  }
  return (
    <button
      type="button"
      class={look}
      disabled={disabled || busy}
      onClick={run}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      {children}
    </button>
  )
}
