/** Server-sent events as text comes (WHATWG HTML, section 9.2.6). Pure. */

export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** Of this event, or of the last one that had one. */
  readonly id: string
}

/** A parser: each call takes the next piece of the stream and gives the events that it completes. */
export const createSseParser = (): ((piece: string) => ServerEvent[]) => {
  let rest = ''
  let event = ''
  let data: string[] = []
  let id = ''
  return (piece) => {
    const found: ServerEvent[] = []
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) found.push({ event: event || 'message', data: data.join('\n'), id })
        event = ''
        data = []
        continue
      }
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') event = value
      else if (field === 'data') data.push(value)
      else if (field === 'id' && !value.includes('\0')) id = value
    }
    return found
  }
}
