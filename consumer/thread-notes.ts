import { AttemptNotes, type NotesUpdate } from './attempt-notes.ts'

/** Messages at once, and a second: each costs both threads some microseconds. */
const BURST = 20
const LATER_MS = 100

/**
 * Notes of an attempt in a thread, which are sent to the main thread as they come, so many a second at most: what is told in between
 * goes with the next call, or on a timer where the handler leaves the thread time for it. What is not sent by the end is in
 * `whole()`, which travels with the result.
 */
export const sentNotes = (
  send: (update: NotesUpdate) => void,
  now: () => number = () => performance.now(),
): { readonly notes: AttemptNotes; end(): void } => {
  let room = BURST
  let since = now()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const update = notes.take()
    if (update) send(update)
  }
  const notes = new AttemptNotes(() => {
    const at = now()
    room = Math.min(BURST, room + ((at - since) * BURST) / 1_000)
    since = at
    if (room < 1) {
      timer ??= setTimeout(flush, LATER_MS)
      return
    }
    room--
    flush()
  })
  return {
    notes,
    end() {
      notes.end()
      clearTimeout(timer)
    },
  }
}
