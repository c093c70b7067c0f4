/** Server-sent events (WHATWG HTML, section 9.2). */
import type { Request, Response } from 'express'

/** Proxies cut connections that are silent for long. */
const KEEP_ALIVE_MS = 15_000
/** A reader that has left this many bytes unread when the next event comes is cut off: it reconnects and begins anew. One event may be larger. */
const MAX_UNREAD_BYTES = 1_000_000

export const EVENT_STREAM = 'text/event-stream'

export interface EventStream {
  /** `id` is what the reader says where it connects again (`Last-Event-ID`). */
  send(event: string, data: unknown, id?: string): void
  end(): void
  /** Aborted when the reader has gone or was cut off. */
  readonly closed: AbortSignal
}

export const openEventStream = (request: Request, response: Response): EventStream => {
  const closed = new AbortController()
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS)
  const close = (): void => {
    clearInterval(keepAlive)
    closed.abort()
  }
  response.on('close', close)
  response.on('error', close)
  if (request.method === 'HEAD') {
    // There is no body to it, so nothing to wait for.
    close()
    response.end()
  }
  return {
    closed: closed.signal,
    send(event, data, id) {
      if (closed.signal.aborted) return
      if (response.writableLength > MAX_UNREAD_BYTES) return void response.destroy()
      const known = id === undefined ? '' : `id: ${id}\n`
      response.write(`${known}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    end() {
      close()
      response.end()
    },
  }
}
