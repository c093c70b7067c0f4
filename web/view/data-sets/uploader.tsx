/** What takes files: a button, a dialog for text, the page itself. Says how far an upload is, and what is wrong with a file. */
import { useRef, useState } from 'preact/hooks'
import { bytes } from '../../kit/format.ts'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { TextArea } from '../../kit/parts/field.tsx'
import './uploader.css'
import { textFile, type Uploading } from './use-upload.ts'

export const ChooseButton = ({
  uploading,
  look = '',
  children,
}: {
  readonly uploading: Uploading
  readonly look?: string
  readonly children: string
}) => {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" class={look} onClick={() => input.current?.click()}>
        {children}
      </button>
      {/* The button is its only face: to a screen reader, too. */}
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept=".csv,.txt,.tsv,.ndjson,.jsonl,text/csv"
        onChange={({ currentTarget }) => {
          uploading.start([...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
    </>
  )
}

export const PasteButton = ({ uploading }: { readonly uploading: Uploading }) => {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const close = (): void => setOpen(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Paste CSV
      </button>
      {open && (
        <Dialog title="Paste CSV" onClose={close}>
          <TextArea
            label="Rows"
            hint="With or without a header; comma, semicolon or tab. A column of timestamps is recognised."
            value={text}
            onChange={setText}
            rows={10}
          />
          <div class="row end">
            <button type="button" onClick={close}>
              Close
            </button>
            <button
              type="button"
              class="primary"
              disabled={text.trim() === ''}
              onClick={() => {
                close()
                uploading.start([textFile(text)])
              }}
            >
              Upload
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

/** How far it is, or why it was not taken. */
export const UploadNotice = ({ uploading }: { readonly uploading: Uploading }) => {
  const { state, stop } = uploading
  if (state.is === 'idle') return null
  if (state.is === 'failed') {
    return (
      <div class="notice bad uploader-fault" role="alert">
        <div>
          <strong>{state.name} was not taken</strong>
          {state.error.faults.length > 0 ? (
            <ul>
              {state.error.faults.map(({ message }) => (
                <li key={message}>{message.replace(/^the body: /, '')}</li>
              ))}
            </ul>
          ) : (
            <p>{state.error.message}</p>
          )}
        </div>
        <button type="button" class="quiet" onClick={stop}>
          Dismiss
        </button>
      </div>
    )
  }
  const percent = Math.round(state.fraction * 100)
  return (
    <div class="notice uploader-progress" role="status">
      <span>
        {percent < 100 ? `Uploading ${state.name}` : `Storing ${state.name}`}
        <span class="soft"> {bytes(state.size)}</span>
      </span>
      <div
        class="bar"
        role="progressbar"
        aria-label="Upload"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <button type="button" class="quiet" onClick={stop}>
        Stop
      </button>
    </div>
  )
}

export const DropCurtain = ({ over }: { readonly over: boolean }) =>
  over ? (
    <div class="uploader-curtain" aria-hidden="true">
      <strong>Drop to analyse</strong>
      <span>CSV or NDJSON; several CSV files become several series</span>
    </div>
  ) : null
