/** How a server behind a load balancer keeps its connections, and how it leaves without a client noticing. */
import type { Server } from 'node:http'

/**
 * An idle connection stays for longer than load balancers keep theirs (60 s is usual): it is they who close it, so that none
 * sends a request down a connection that is being closed here.
 */
const IDLE_MS = 65_000

export const keepConnections = (server: Server): void => {
  server.keepAliveTimeout = IDLE_MS
}

export interface LeaveOptions {
  /** How long requests are still taken, ms. Each answer asks its client to connect anew, which then is elsewhere. */
  readonly stayMs: number
  /** Called after that: whatever answers without end, ends now. */
  readonly close: () => void
  /** How long requests under way may then take, ms. */
  readonly limitMs: number
}

/** Stops a server. Resolves when its last connection has ended. */
export const leaveServer = async (
  server: Server,
  { stayMs, close, limitMs }: LeaveOptions,
): Promise<void> => {
  if (stayMs > 0) {
    server.prependListener('request', (_request, response) => {
      response.setHeader('connection', 'close')
    })
    await new Promise((resolve) => setTimeout(resolve, stayMs))
  }
  close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // A connection that was busy just now may stay for another request; and a request may take for ever.
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), limitMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
