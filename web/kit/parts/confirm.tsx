/** Asks before something that can't be taken back. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../api/problem.ts'
import { BusyButton } from './busy-button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'

export const Confirm = ({
  title,
  action,
  danger = false,
  typed,
  children,
  onConfirm,
  onClose,
}: {
  readonly title: string
  /** What the button says: the deed, not "OK". */
  readonly action: string
  readonly danger?: boolean
  /** What has to be typed first, where much is at stake: the number of what goes. */
  readonly typed?: string | undefined
  readonly children?: ComponentChildren
  /** The dialog stays, and says why, where this fails. */
  readonly onConfirm: () => Promise<unknown>
  readonly onClose: () => void
}) => {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const [text, setText] = useState('')
  const unsure = typed !== undefined && text.trim().replaceAll(',', '') !== typed
  const confirm = async (): Promise<void> => {
    setBusy(true)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setFault(messageOf(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {typed !== undefined && <TextField label={`Type ${typed} to go on`} value={text} onChange={setText} />}
      {fault !== '' && (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
      <div class="row end">
        <button type="button" onClick={onClose}>
          Keep
        </button>
        <BusyButton
          look={danger ? 'danger' : 'primary'}
          busy={busy}
          disabled={unsure}
          onPress={() => void confirm()}
        >
          {action}
        </BusyButton>
      </div>
    </Dialog>
  )
}
