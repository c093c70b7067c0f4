/** Follows a stream of events for as long as it is wanted, over every break. By fetch: an EventSource can't send a token. */
import { request } from './client.ts'
import { ApiError } from './problem.ts'
import { createSseParser, type ServerEvent } from './sse.ts'

/** The server says something at least every 15 s. */
const SILENT_MS = 35_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

export interface StreamListener {
  onEvent(event: ServerEvent): void
  /** True: events come. False: they don't, and it is tried again. */
  onLive?(live: boolean): void
  /** Says that there is nothing to follow (any more): 4xx. Without it, that is tried again, too. */
  onEnd?(error: ApiError): void
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    // The network is back: no need to wait.
    addEventListener('online', done)
    signal.addEventListener('abort', done)
  })

const readStream = async (
  path: string,
  lastId: string,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => void,
  onOpen: () => void,
): Promise<void> => {
  const cut = new AbortController()
  const give = (): void => cut.abort()
  signal.addEventListener('abort', give)
  let timer = setTimeout(give, SILENT_MS)
  try {
    const headers = { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) }
    const response = await request(path, { headers, signal: cut.signal })
    if (!response.body) return
    onOpen()
    const parse = createSseParser()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(give, SILENT_MS)
      for (const event of parse(value)) onEvent(event)
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
    // One that is left for what it told would else be read by nobody, and stay open.
    give()
  }
}

/** Follows until `signal` aborts. Waits between tries grow, with jitter, and begin anew once events have come. */
export const followEvents = async (
  path: string,
  signal: AbortSignal,
  { onEvent, onLive, onEnd }: StreamListener,
): Promise<void> => {
  let wait = FIRST_WAIT_MS
  let lastId = ''
  while (!signal.aborted) {
    try {
      await readStream(
        path,
        lastId,
        signal,
        (event) => {
          lastId = event.id
          wait = FIRST_WAIT_MS
          onEvent(event)
        },
        () => onLive?.(true),
      )
    } catch (error) {
      if (signal.aborted) return
      if (onEnd && error instanceof ApiError && error.status >= 400 && error.status < 500) return onEnd(error)
    }
    if (signal.aborted) return
    onLive?.(false)
    await sleep(wait * (0.5 + Math.random() / 2), signal)
    wait = Math.min(LONGEST_WAIT_MS, wait * 2)
  }
}
