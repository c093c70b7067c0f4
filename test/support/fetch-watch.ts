/** A Kafka client whose fetch requests are seen as they go out, and can be changed on their way. */
import net from 'node:net'
import kafkajs, { type Kafka } from 'kafkajs'
import { inFrames } from '../../core/kafka/frames.ts'

/** A fetch request (version 11) on the wire. */
export interface FetchRequest {
  readonly bytes: number
  id: number
  epoch: number
  /** How often it names a topic: for partitions to fetch, and for those to forget. */
  readonly topics: number
}

export interface FetchWatch {
  readonly kafka: Kafka
  readonly requests: readonly Readonly<FetchRequest>[]
  /** Is given each request from now on, before it goes out: what it sets of it (id, epoch) goes out. One that it returns false for does not. */
  change(change: (request: FetchRequest) => unknown): void
  /** Breaks all connections. */
  cut(): void
}

const FETCH = 1

/** After it an answer is waited for no longer; the connection stays. */
const REQUEST_LIMIT_MS = 3_000

/** Of the client's name: after length, key, version and correlation id. */
const CLIENT_AT = 12
/** After replica, wait, least and most bytes, and isolation. */
const SESSION_AT = 17

export const watchFetches = (brokers: string): FetchWatch => {
  const requests: FetchRequest[] = []
  const sockets = new Set<net.Socket>()
  let change: (request: FetchRequest) => unknown = () => true

  /** Whether it is to go out. */
  const look = (frame: Buffer): boolean => {
    if (frame.readInt16BE(4) !== FETCH) return true
    const at = CLIENT_AT + 2 + frame.readInt16BE(CLIENT_AT) + SESSION_AT
    const request: FetchRequest = {
      bytes: frame.length,
      id: frame.readInt32BE(at),
      epoch: frame.readInt32BE(at + 4),
      topics: frame.readInt32BE(at + 8),
    }
    const goes = change(request) !== false
    frame.writeInt32BE(request.id, at)
    frame.writeInt32BE(request.epoch, at + 4)
    requests.push(request)
    return goes
  }
  const kafka = new kafkajs.Kafka({
    brokers: brokers.split(','),
    clientId: 'fetch-watch',
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: REQUEST_LIMIT_MS,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
    socketFactory: ({ host, port, onConnect }) => {
      const socket = net.connect({ host, port }, onConnect)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
      // kafkajs writes a request at once.
      socket.write = (...args: unknown[]): boolean => {
        return Buffer.isBuffer(args[0]) && !look(args[0]) ? true : write(...args)
      }
      return inFrames(socket)
    },
  })
  return {
    kafka,
    requests,
    change(next) {
      change = next
    },
    cut() {
      for (const socket of sockets) socket.destroy(new Error('cut'))
    },
  }
}
