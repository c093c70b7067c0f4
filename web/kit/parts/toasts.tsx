/** What happened, said once at the edge of the page, and to screen readers. */
import { signal } from '@preact/signals'
import { messageOf } from '../api/problem.ts'

const SHOWN_MS = 6_000

interface Toast {
  readonly id: number
  readonly kind: 'good' | 'bad'
  readonly text: string
  readonly link?: { readonly href: string; readonly text: string } | undefined
}

const toasts = signal<readonly Toast[]>([])
let next = 0

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((it) => it.id !== id)
}

/** Not from under the pointer or the focus: who is there may be reading, or about to follow its link. */
const dropLater = (id: number): void => {
  setTimeout(() => {
    if (document.querySelector('.toasts > :is(:hover, :focus-within)')) dropLater(id)
    else drop(id)
  }, SHOWN_MS)
}

const show = (toast: Omit<Toast, 'id'>): void => {
  const id = ++next
  toasts.value = [...toasts.value.slice(-3), { id, ...toast }]
  // What failed stays until it is read.
  if (toast.kind === 'good') dropLater(id)
}

export const tell = (text: string, link?: Toast['link']): void => show({ kind: 'good', text, link })
const tellFault = (thrown: unknown): void => show({ kind: 'bad', text: messageOf(thrown) })

/** Runs what a button does; what goes wrong is told. Gives whether it went well. */
export const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
  try {
    await work()
    return true
  } catch (error) {
    tellFault(error)
    return false
  }
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, kind, text, link }) => (
      <div key={id} class={`notice ${kind}`}>
        <span>{text}</span>
        {link && <a href={link.href}>{link.text}</a>}
        <button type="button" class="quiet" aria-label="Dismiss" onClick={() => drop(id)}>
          ×
        </button>
      </div>
    ))}
  </div>
)
