/** A network between the product and PostgreSQL that can fail: bytes go through as they are. (Kafka needs `proxy.ts`.) */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * `pass`: all goes through. `refuse`: connections are cut and new ones refused. `swallow`: connections stay and new ones
 * are taken, and nothing comes through either way, as when a cable is cut. What was under way comes through afterwards,
 * late, as TCP repeats it: also what a client has sent that has given up meanwhile.
 */
export type TcpMode = 'pass' | 'refuse' | 'swallow'

export interface TcpProxy {
  /** Given a URL of what is behind it, the same URL by way of the proxy. */
  through(url: string): string
  set(mode: TcpMode): Promise<void>
  /** Cuts every connection once; new ones go through. */
  cut(): void
  /**
   * The connections of now are silent for ever, and new ones go through: as when a firewall forgets what it let pass. What
   * uses them learns nothing by itself.
   */
  strand(): void
  close(): Promise<void>
}

/** Listens on a port of its own for what is meant for the host and port of `url`. */
export const startTcpProxy = async (url: string): Promise<TcpProxy> => {
  const { hostname, port: upstreamPort } = new URL(url)
  let mode: TcpMode = 'pass'
  const sockets = new Set<Socket>()
  const stranded = new WeakSet<Socket>()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    const upstream = connect(Number(upstreamPort), hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroySoon()
      })
      socket.on('data', (chunk) => other.write(chunk))
      if (mode === 'swallow') socket.pause()
    }
  })
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return address instanceof Object ? address.port : 0
  }
  const port = await listen(0)
  return {
    through(given) {
      const own = new URL(given)
      own.host = `127.0.0.1:${port}`
      return own.href
    },
    async set(next) {
      mode = next
      // What is not read stays where it is, the news of an end with it.
      for (const socket of sockets)
        if (next === 'swallow') socket.pause()
        else if (!stranded.has(socket)) socket.resume()
      if (next === 'refuse') {
        server.close()
        cut()
      } else if (!server.listening) await listen(port)
    },
    cut,
    strand() {
      for (const socket of sockets) stranded.add(socket.pause())
    },
    async close() {
      server.close()
      cut()
    },
  }
}
