/** Copies a text. */
import type { ComponentChildren } from 'preact'
import { attempt, tell } from './toasts.tsx'

/** Pages that don't come over TLS have no clipboard: what is selected in a field can be copied all the same. */
const copyBySelection = (text: string): boolean => {
  const field = document.createElement('textarea')
  field.value = text
  const here = document.activeElement
  const host = document.querySelector('dialog[open]') ?? document.body
  host.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  if (here instanceof HTMLElement) here.focus()
  return copied
}

/** Says that it was copied (`what`: "Id", "The command"), or why not. */
export const copyText = async (text: string, what: string): Promise<void> => {
  const copied = await attempt(async () => {
    if (navigator.clipboard) await navigator.clipboard.writeText(text)
    else if (!copyBySelection(text)) throw new Error('The browser lets nothing be copied here.')
  })
  if (copied) tell(`${what} copied`)
}

export const CopyButton = ({
  text,
  what,
  children = 'Copy',
}: {
  readonly text: string
  readonly what: string
  readonly children?: ComponentChildren
}) => (
  <button
    type="button"
    class="quiet"
    aria-label={`Copy ${what.charAt(0).toLowerCase()}${what.slice(1)}`}
    onClick={() => copyText(text, what)}
  >
    {children}
  </button>
)
