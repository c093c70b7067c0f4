/** Reads HTTP answers from a socket's bytes: as little of HTTP as a load client needs, so that it does not become what is measured. */

const HEAD_END = '\r\n\r\n'
/** The last chunk of a chunked body. No JSON holds a bare line break, so that no body has it in its middle. */
const LAST_CHUNK = '\r\n0\r\n\r\n'

export interface Answer {
  readonly status: number
  /** Head and body, as they came. */
  readonly bytes: Buffer
}

/** Where the first answer of these bytes ends; undefined while nobody can say. @throws Error on one that tells no length */
const endOf = (bytes: Buffer): number | undefined => {
  const head = bytes.indexOf(HEAD_END)
  if (head < 0) return undefined
  const text = bytes.toString('latin1', 0, head)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length !== undefined) return head + HEAD_END.length + Number(length)
  if (!/\r\ntransfer-encoding: *chunked/i.test(text)) throw new Error(`an answer of no length: ${text}`)
  const last = bytes.indexOf(LAST_CHUNK, head + 2)
  return last < 0 ? undefined : last + LAST_CHUNK.length
}

/**
 * Takes the chunks of one connection, on which one request at a time is under way; gives its answer once it is whole. A long answer in many chunks
 * is put together once.
 */
export const answerReader = (): ((chunk: Buffer) => Answer | undefined) => {
  let parts: Buffer[] = []
  let size = 0
  /** Below this size it can't be whole. */
  let least = 0
  return (chunk) => {
    parts.push(chunk)
    size += chunk.length
    if (size < least) return undefined
    // Of a chunked one the end must be looked for: only where a chunk may be the last.
    if (parts.length > 2 && least === 0 && !LAST_CHUNK.endsWith(chunk.toString('latin1', chunk.length - 3)))
      return undefined
    const bytes = parts.length === 1 ? chunk : Buffer.concat(parts)
    parts = [bytes]
    const end = endOf(bytes)
    if (end === undefined) return undefined
    least = end
    if (size < end) return undefined
    parts = []
    size = 0
    least = 0
    // "HTTP/1.1 202 Accepted"
    return { status: Number(bytes.toString('latin1', 9, 12)), bytes }
  }
}

/** The bytes of a request with a JSON body. */
export const requestBytes = (
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer => {
  const fields = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`)
}
