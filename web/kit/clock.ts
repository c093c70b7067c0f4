/** The time as pages tell it ("12 s ago"): one clock for all of them, which stands still while nobody looks. */
import { signal } from '@preact/signals'

export const now = signal(Date.now())

setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, 1_000)
