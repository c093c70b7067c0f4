/** A JSON value to read, to copy, and to keep as a file. */
import { useMemo } from 'preact/hooks'
import { jsonText } from '../json-text.ts'
import { CopyButton } from './copy.tsx'
import { saveText } from './save.ts'
import { TextBlock } from './text-block.tsx'

/** Longer ones are cut: a browser is slow with megabytes of text. */
const MAX_CHARS = 60_000

export const Json = ({
  value,
  label,
  fileName,
}: {
  readonly value: unknown
  readonly label: string
  /** With it, the whole can be downloaded. */
  readonly fileName?: string
}) => {
  const text = useMemo(() => jsonText(value), [value])
  return (
    <div class="stack">
      <TextBlock text={text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}\n…` : text} label={label} />
      <div class="row apart">
        <span class="small soft">
          {text.length > MAX_CHARS &&
            `The first ${MAX_CHARS.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters`}
        </span>
        <span class="row">
          {fileName !== undefined && (
            <button
              type="button"
              class="quiet"
              onClick={() => saveText(fileName, `${text}\n`, 'application/json')}
            >
              Download {fileName}
            </button>
          )}
          <CopyButton text={text} what={label} />
        </span>
      </div>
    </div>
  )
}
