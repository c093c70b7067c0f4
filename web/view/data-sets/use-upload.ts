/** An upload as a page has it: begun by files that are chosen, dropped anywhere on the page, or pasted as text. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isAbort, isApiError } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { type ApiError, unreachable } from '../../kit/api/problem.ts'
import { isField } from '../is-field.ts'
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
