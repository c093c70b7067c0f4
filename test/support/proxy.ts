/**
 * A network between the product and Kafka that can fail: a TCP proxy for each broker.
 *
 * A client connects to the addresses that brokers tell it (Metadata and FindCoordinator answers), not to those it was
 * given, so a plain proxy is soon bypassed. This one puts its own addresses into the answers: in every version of the
 * protocol a broker is its host, a string, and right after it its port, 32 bits. The host stays (the proxy listens on
 * it), and the port is replaced in place, so that no length changes.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Kafka } from 'kafkajs'

/**
 * `pass`: all goes through. `refuse`: connections are cut and new ones refused. `swallow`: connections stay and new ones
 * are taken, and nothing comes through either way, as when a cable is cut. `deafen`: requests arrive, answers don't.
 */
export type Mode = 'pass' | 'refuse' | 'swallow' | 'deafen'

interface Address {
  readonly host: string
  readonly port: number
}

export interface KafkaProxy {
  /** What to give as KAFKA_BROKERS. */
  readonly brokers: string
  /** Connections that were made through it. */
  readonly connections: number
  set(mode: Mode): Promise<void>
  /** Cuts every connection once; new ones go through. */
  cut(): void
  close(): Promise<void>
}

const inAnswer = ({ host, port }: Address): Buffer => {
  const bytes = Buffer.alloc(host.length + 4)
  bytes.write(host, 'latin1')
  bytes.writeInt32BE(port, host.length)
  return bytes
}

/** Replaces each address by its proxy's, in place. */
export const rewrite = (frame: Buffer, pairs: readonly (readonly [of: Buffer, by: Buffer])[]): Buffer => {
  for (const [address, own] of pairs) {
    for (let at = frame.indexOf(address); at !== -1; at = frame.indexOf(address, at + own.length))
      own.copy(frame, at)
  }
  return frame
}

/** Gives whole frames (a length of 32 bits, then as many bytes) of a stream that is cut anywhere. */
export const frames = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let parts: Buffer[] = []
  let length = 0
  return (chunk) => {
    parts.push(chunk)
    length += chunk.length
    for (;;) {
      if (length < 4) return
      if ((parts[0]?.length ?? 0) < 4) parts = [Buffer.concat(parts)]
      const size = 4 + (parts[0]?.readInt32BE(0) ?? 0)
      if (length < size) return
      const all = Buffer.concat(parts)
      onFrame(Buffer.from(all.subarray(0, size)))
      parts = all.length > size ? [all.subarray(size)] : []
      length -= size
    }
  }
}

const listen = async (server: Server, host: string, port: number): Promise<number> => {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return address instanceof Object ? address.port : 0
}

/** Proxies every broker of the cluster, on the hosts that they advertise (which must be this machine’s). */
export const startKafkaProxy = async (kafka: Kafka): Promise<KafkaProxy> => {
  const admin = kafka.admin()
  await admin.connect()
  const { brokers } = await admin.describeCluster().finally(() => admin.disconnect())

  let mode: Mode = 'pass'
  let connections = 0
  const pairs: (readonly [Buffer, Buffer])[] = []
  const sockets = new Set<Socket>()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  const serve = (broker: Address): Server =>
    createServer((client) => {
      connections++
      const upstream = connect(broker.port, broker.host)
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(socket)
        socket.setNoDelay()
        socket.on('error', () => {})
        socket.once('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
      }
      client.on('data', (chunk) => {
        if (mode !== 'swallow') upstream.write(chunk)
      })
      const answer = frames((frame) => void client.write(rewrite(frame, pairs)))
      upstream.on('data', (chunk: Buffer) => {
        if (mode === 'pass') answer(chunk)
      })
    })

  const proxies = await Promise.all(
    brokers.map(async (broker) => {
      const server = serve(broker)
      const { host } = broker
      const port = await listen(server, host, 0)
      pairs.push([inAnswer(broker), inAnswer({ host, port })])
      return { server, host, port }
    }),
  )

  return {
    brokers: proxies.map(({ host, port }) => `${host}:${port}`).join(','),
    get connections() {
      return connections
    },
    cut,
    async set(next) {
      mode = next
      for (const { server, host, port } of proxies) {
        if (next === 'refuse') server.close()
        else if (!server.listening) await listen(server, host, port)
      }
      if (next === 'refuse') cut()
    },
    async close() {
      for (const { server } of proxies) server.close()
      cut()
    },
  }
}
