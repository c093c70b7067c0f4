/**
 * Connections on which no answer comes any more are broken, so that kafkajs makes new ones. It gives the request up and
 * keeps the connection: where the other side is gone without a word (a firewall has forgotten the connection, a node has lost
 * its power) all that follows is sent into the void, until TCP gives up a quarter of an hour later.
 */
import net from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { inFrames } from './frames.ts'

/** Idle connections are tested by TCP after this time, ms. */
const KEEP_ALIVE_MS = 10_000
const LOOK_MS = 500
/** JoinGroup and SyncGroup: their answers wait for other members, for as long as a rebalance may take. */
const HELD = [11, 14]
/** How long the members of our groups have to join anew. */
export const REBALANCE_TIMEOUT_MS = 20_000
const HELD_LIMIT_MS = REBALANCE_TIMEOUT_MS + 10_000

/** The API key of a request: after its length of 32 bits. */
const isHeld = (request: unknown): boolean =>
  Buffer.isBuffer(request) && request.length >= 6 && HELD.includes(request.readInt16BE(4))

/** Destroys the socket when nothing has come for `limitMs` after something was sent. */
const breakSilent = (socket: net.Socket, limitMs: number): void => {
  let asked: { readonly at: number; limitMs: number } | undefined
  const tooLong = (): boolean => asked !== undefined && performance.now() - asked.at > asked.limitMs
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  socket.write = (...args: unknown[]): boolean => {
    asked ??= { at: performance.now(), limitMs }
    if (isHeld(args[0])) asked.limitMs = HELD_LIMIT_MS
    return write(...args)
  }
  socket.on('data', () => {
    asked = undefined
  })
  const timer = setInterval(() => {
    if (!tooLong()) return
    // In a process that was frozen the answer lies here, unread: it is read before this comes.
    setImmediate(() => {
      // With an error: kafkajs does not learn of a bare close.
      if (tooLong()) socket.destroy(new Error(`no answer for ${limitMs} ms`))
    })
  }, LOOK_MS)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}

/** As kafkajs's own, but a connection that gives no answer for `limitMs` is broken. */
export const answeringSockets =
  (limitMs: number): ISocketFactory =>
  ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    breakSilent(socket, limitMs)
    return inFrames(socket)
  }
