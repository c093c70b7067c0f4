/** Reads HTTP answers from a socket's bytes: as little of HTTP as a load client needs, so that it does not become what is measured. */

const HEAD_END = '\r\n\r\n'

/** Where the first answer of these bytes ends, and its status; undefined while it is not whole. @throws Error on one without Content-Length */
export const firstAnswer = (bytes: Buffer): { readonly status: number; readonly end: number } | undefined => {
  const head = bytes.indexOf(HEAD_END)
  if (head < 0) return undefined
  const text = bytes.toString('latin1', 0, head)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length === undefined) throw new Error(`an answer without Content-Length: ${text}`)
  const end = head + HEAD_END.length + Number(length)
  // "HTTP/1.1 202 Accepted"
  return bytes.length < end ? undefined : { status: Number(text.slice(9, 12)), end }
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
