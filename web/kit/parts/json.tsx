/** A JSON value to read and to copy. */
import { attempt, tell } from './toasts.tsx'

/** Longer ones are cut: a browser is slow with megabytes of text. */
const MAX_CHARS = 60_000

export const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => {
  const text = JSON.stringify(value, null, 2) ?? 'undefined'
  const copy = async (): Promise<void> => {
    if (await attempt(() => navigator.clipboard.writeText(text))) tell(`${label} copied`)
  }
  return (
    <div class="stack">
      <pre class="json" role="region" aria-label={label} tabindex={0}>
        {text.slice(0, MAX_CHARS)}
        {text.length > MAX_CHARS && '\n…'}
      </pre>
      <div class="row apart">
        <span class="small soft">
          {text.length > MAX_CHARS &&
            `The first ${MAX_CHARS.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters`}
        </span>
        <button type="button" class="quiet" onClick={copy}>
          Copy
        </button>
      </div>
    </div>
  )
}
