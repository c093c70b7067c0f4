/** A button that does something at the API: once at a time, and what goes wrong is told. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { BusyButton } from './busy-button.tsx'
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
    <BusyButton busy={busy} onPress={run} look={look} label={label} disabled={disabled}>
      {children}
    </BusyButton>
  )
}
