/** A receiver of webhooks that does as it is told: answers, cuts the connection, or says nothing. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A status, with its `Retry-After`; the connection is cut; no answer comes. */
export type Reply =
  | number
  | { readonly status: number; readonly headers: Record<string, string> }
  | 'cut'
  | 'silence'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface Receiver {
  readonly url: string
  /** All that came, in order, whatever was answered. */
  readonly received: Received[]
  /** What is answered next, one after the other; then 204. */
  readonly replies: Reply[]
  close(): Promise<void>
}

export const openReceiver = async (replies: readonly Reply[] = []): Promise<Receiver> => {
  const received: Received[] = []
  const next = [...replies]
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      const { url: path = '', headers } = request
      received.push({ path, headers, body: Buffer.concat(chunks).toString(), at: Date.now() })
      const reply = next.shift() ?? 204
      if (reply === 'silence') return
      if (reply === 'cut') request.socket.destroy()
      else if (typeof reply === 'number') response.writeHead(reply).end()
      else response.writeHead(reply.status, reply.headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    replies: next,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What a receiver does with a delivery, by the specification alone: whether it is from whoever has the secret. */
export const isSigned = ({ headers, body }: Received, secret: string): boolean => {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(text).digest('base64')}`
}
