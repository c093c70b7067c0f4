/** Takes files: dropped anywhere on the page, chosen, or pasted as text. Says how far an upload is, and what is wrong with a file. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isAbort, isApiError } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { type ApiError, unreachable } from '../../kit/api/problem.ts'
import { bytes } from '../../kit/format.ts'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { TextArea } from '../../kit/parts/field.tsx'
import './uploader.css'
import { nameOf, upload } from './upload.ts'

export interface Uploading {
  readonly state:
    | { readonly is: 'idle' }
    | { readonly is: 'sending'; readonly name: string; readonly size: number; readonly fraction: number }
    | { readonly is: 'failed'; readonly name: string; readonly error: ApiError }
  readonly start: (files: readonly File[], name?: string) => void
  readonly stop: () => void
}

export const useUpload = (onDone: (set: DataSet) => void): Uploading => {
  const [state, setState] = useState<Uploading['state']>({ is: 'idle' })
  const running = useRef<AbortController>(undefined)
  const stop = (): void => {
    running.current?.abort()
    setState({ is: 'idle' })
  }
  useEffect(() => () => running.current?.abort(), [])
  const start = async (files: readonly File[], name = nameOf(files)): Promise<void> => {
    if (files.length === 0) return
    running.current?.abort()
    const gone = new AbortController()
    running.current = gone
    const size = files.reduce((sum, file) => sum + file.size, 0)
    setState({ is: 'sending', name, size, fraction: 0 })
    try {
      const done = await upload(files, name, gone.signal, (fraction) => {
        if (!gone.signal.aborted) setState({ is: 'sending', name, size, fraction })
      })
      if (gone.signal.aborted) return
      setState({ is: 'idle' })
      onDone(done)
    } catch (thrown) {
      if (gone.signal.aborted || isAbort(thrown)) return
      setState({ is: 'failed', name, error: isApiError(thrown) ? thrown : unreachable() })
    }
  }
  return { state, start: (files, name) => void start(files, name), stop }
}

/** A file of pasted text. */
export const textFile = (text: string): File => new File([text], 'Pasted data.csv', { type: 'text/csv' })

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null

/** Files that are dropped, and text that is pasted, wherever on the page. Gives whether some are held over it. */
export const usePageDrop = ({ start }: Uploading): boolean => {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const gone = new AbortController()
    const { signal } = gone
    const has = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
    addEventListener(
      'dragover',
      (event) => {
        if (!has(event)) return
        event.preventDefault()
        setOver(true)
      },
      { signal },
    )
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal })
    addEventListener(
      'drop',
      (event) => {
        setOver(false)
        if (!has(event)) return
        event.preventDefault()
        start([...(event.dataTransfer?.files ?? [])])
      },
      { signal },
    )
    addEventListener(
      'paste',
      (event) => {
        if (isField(event.target)) return
        const files = [...(event.clipboardData?.files ?? [])]
        const text = event.clipboardData?.getData('text/plain') ?? ''
        if (files.length > 0) start(files)
        else if (text.includes('\n')) start([textFile(text)])
      },
      { signal },
    )
    return () => gone.abort()
  })
  return over
}

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
