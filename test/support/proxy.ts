/**
 * A network between the product and Kafka that can fail: a TCP proxy for each broker.
 *
 * A client connects to the addresses that brokers tell it (Metadata and FindCoordinator answers), not to those it was
 * given, so a plain proxy is soon bypassed. This one puts its own addresses into the answers: in every version of the
 * protocol a broker is its host, a string, and right after it its port, 32 bits. The host stays (the proxy listens on
 * it), and the port is replaced in place, so that no length changes.
 *
 * It can also decide what becomes of each produce request: a {@link Fate}.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Kafka } from 'kafkajs'

/**
 * `pass`: all goes through. `refuse`: connections are cut and new ones refused. `swallow`: connections stay and new ones
 * are taken, and nothing comes through either way, as when a cable is cut. `deafen`: requests arrive, answers don't.
 */
export type Mode = 'pass' | 'refuse' | 'swallow' | 'deafen'

/**
 * What becomes of a produce request. `cut`: the broker has it, and in place of its answer the connection is cut. `half`:
 * the same, but half of the answer comes, and a reset. `lose`: the connection is cut before the broker has it. `late`: the
 * connection is cut at once, and the broker gets the request so many ms later. `slow`: the answer comes so many ms
 * later, and others that the broker gives meanwhile pass it by. `says`: the answer names this error code for every partition.
 */
export type Fate =
  | 'pass'
  | 'cut'
  | 'half'
  | 'lose'
  | { readonly late: number }
  | { readonly slow: number }
  | { readonly says: number }

/** Is given a produce request as it is on the wire. */
export type Judge = (request: Buffer) => Fate

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
  /** The connections of now are silent for ever, and new ones go through: what uses them learns nothing by itself. */
  strand(): void
  /** Decides about every produce request from now on. */
  judge(judge: Judge): void
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

// A request is its length, API key (16 bits), API version (16 bits) and correlation id; an answer its length and that id.
const PRODUCE = 0
const isProduce = (request: Buffer): boolean => request.readInt16BE(4) === PRODUCE
const correlationOf = (frame: Buffer, isRequest: boolean): number => frame.readInt32BE(isRequest ? 8 : 4)

/** An answer to Produce, version 5 to 7: [name [partition, error (16 bits), three times 64 bits]], after the first 8 bytes. */
const setError = (answer: Buffer, code: number): void => {
  const partitions = 14 + answer.readInt16BE(12)
  const count = answer.readInt32BE(partitions)
  for (let n = 0; n < count; n++) answer.writeInt16BE(code, partitions + 8 + n * 30)
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
  let strandedBefore = 0
  let judge: Judge = () => 'pass'
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  const serve = (broker: Address): Server =>
    createServer((client) => {
      const number = connections++
      const stranded = (): boolean => number < strandedBefore
      const upstream = connect(broker.port, broker.host)
      /** By correlation id. */
      const fates = new Map<number, Fate>()
      let isLate = false
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.setNoDelay()
        socket.on('error', () => {})
        socket.once('close', () => sockets.delete(socket))
      }
      upstream.once('close', () => client.destroy())
      client.once('close', () => {
        if (!isLate) upstream.destroy()
      })
      const request = frames((frame) => {
        if (isLate || stranded() || mode === 'swallow') return
        const fate = isProduce(frame) ? judge(frame) : 'pass'
        if (fate === 'pass') return void upstream.write(frame)
        if (fate === 'lose') return void client.destroy()
        fates.set(correlationOf(frame, true), fate)
        if (typeof fate === 'string' || !('late' in fate)) return void upstream.write(frame)
        isLate = true
        client.destroy()
        setTimeout(() => upstream.write(frame), fate.late)
      })
      const answer = frames((frame) => {
        const fate = fates.get(correlationOf(frame, false)) ?? 'pass'
        if (fate === 'cut' || (isLate && fate !== 'pass')) return void upstream.destroy()
        if (isLate || stranded() || mode !== 'pass') return
        rewrite(frame, pairs)
        if (fate === 'half') {
          client.write(frame.subarray(0, frame.length >> 1), () => client.resetAndDestroy())
          return
        }
        if (typeof fate === 'object' && 'says' in fate) setError(frame, fate.says)
        if (typeof fate === 'object' && 'slow' in fate) setTimeout(() => client.write(frame), fate.slow)
        else client.write(frame)
      })
      client.on('data', request)
      upstream.on('data', answer)
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
    strand() {
      strandedBefore = connections
    },
    judge(next) {
      judge = next
    },
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
