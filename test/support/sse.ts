/** Reads server-sent events (WHATWG HTML, section 9.2). */
export interface ServerEvent {
  readonly event: string
  readonly data: unknown
  /** Where it has one. */
  readonly id?: string
}

export interface EventReader {
  readonly status: number
  readonly contentType: string
  /** The next event; undefined where the server has ended the stream. Rejects where nothing comes in time. */
  next(): Promise<ServerEvent | undefined>
  close(): void
}

const parseBlock = (block: string): ServerEvent | undefined => {
  const lines = block.split('\n')
  const of = (field: string): string[] =>
    lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trim())
  const data = of('data')
  if (data.length === 0) return undefined
  const [id] = of('id')
  return {
    event: of('event')[0] ?? 'message',
    data: JSON.parse(data.join('\n')),
    ...(id === undefined ? {} : { id }),
  }
}

/** Opens a stream; `limitMs` bounds all of it. */
export const openEvents = async (
  url: string,
  headers: Readonly<Record<string, string>> = {},
  limitMs = 15_000,
): Promise<EventReader> => {
  const gone = new AbortController()
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(limitMs)])
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<ServerEvent | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end === -1) {
        const chunk = await reader?.read()
        if (chunk === undefined || chunk.done) return undefined
        text += chunk.value
        continue
      }
      const event = parseBlock(text.slice(0, end))
      text = text.slice(end + 2)
      if (event) return event
    }
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    next,
    close: () => gone.abort(),
  }
}

/** All events to the end of the stream. */
export const readToEnd = async (reader: EventReader): Promise<ServerEvent[]> => {
  const events: ServerEvent[] = []
  for (let event = await reader.next(); event; event = await reader.next()) events.push(event)
  return events
}
