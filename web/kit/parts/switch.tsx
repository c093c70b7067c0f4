/** A switch that takes effect at once: on or off, with its word. */
import { useState } from 'preact/hooks'
import { attempt } from './toasts.tsx'

export const Switch = ({
  on,
  label,
  words,
  onChange,
}: {
  readonly on: boolean
  /** What it is of, for screen readers. */
  readonly label: string
  /** What it says when off and when on. */
  readonly words: readonly [string, string]
  readonly onChange: (on: boolean) => Promise<unknown>
}) => {
  const [busy, setBusy] = useState(false)
  const change = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    await attempt(() => onChange(!on))
    setBusy(false)
  }
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on}
      aria-label={`${label}: ${words[on ? 1 : 0]}`}
      aria-busy={busy}
      aria-disabled={busy}
      onClick={change}
    >
      <span class="knob" aria-hidden="true" />
      {words[on ? 1 : 0]}
    </button>
  )
}
