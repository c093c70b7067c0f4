/** Reads HTTP answers from a socket's bytes: as little of HTTP as a load client needs, so that it does not become what is measured. */

const HEAD_END = '\r\n\r\n'
/** The last chunk of a chunked body. No JSON holds a bare line break, so that no body has it in its middle. */
const LAST_CHUNK = '\r\n0\r\n\r\n'

export interface Answer {
  readonly status: number
  /** Head and body, as they came. */
  readonly bytes: Buffer
}

/** How a body ends, from the answer's head; undefined while that is not whole. @throws Error on one that tells no length */
const bodyOf = (
  bytes: Buffer,
): { readonly begins: number; readonly length: number | 'chunked' } | undefined => {
  const head = bytes.indexOf(HEAD_END)
  if (head < 0) return undefined
  const text = bytes.toString('latin1', 0, head)
  const begins = head + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length !== undefined) return { begins, length: Number(length) }
  if (/\r\ntransfer-encoding: *chunked/i.test(text)) return { begins, length: 'chunked' }
  throw new Error(`an answer of no length: ${text}`)
}

/** Whether the last chunk may end with this. */
const mayBeLast = (piece: Buffer): boolean =>
  LAST_CHUNK.endsWith(piece.toString('latin1', Math.max(0, piece.length - LAST_CHUNK.length)))

/**
 * Takes what comes on one connection, on which one request at a time is under way; gives its answer once it is whole. A long answer in many
 * pieces is put together at its end only.
 */
export const answerReader = (): ((piece: Buffer) => Answer | undefined) => {
  let pieces: Buffer[] = []
  let size = 0
  let body: ReturnType<typeof bodyOf>
  const joined = (): Buffer => {
    const [first, second] = pieces
    if (first !== undefined && second === undefined) return first
    const all = Buffer.concat(pieces)
    pieces = [all]
    return all
  }
  const isWhole = (piece: Buffer): boolean => {
    body ??= bodyOf(joined())
    if (body === undefined) return false
    if (body.length !== 'chunked') return size >= body.begins + body.length
    // The line break before the last chunk may be the head's.
    return mayBeLast(piece) && joined().indexOf(LAST_CHUNK, body.begins - 2) >= 0
  }
  return (piece) => {
    pieces.push(piece)
    size += piece.length
    if (!isWhole(piece)) return undefined
    const bytes = joined()
    pieces = []
    size = 0
    body = undefined
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
