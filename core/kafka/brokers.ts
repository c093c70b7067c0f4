/**
 * A way into kafkajs 2.2.4 below its producers and consumers: what is asked of a broker can be encoded, and its answer taken
 * apart, by us. Connections, leaders, retries and errors stay kafkajs's own.
 */
import type { Kafka } from 'kafkajs'

/**
 * Parts of kafkajs that it doesn't tell of. Each Kafka object makes its clusters by a function under this name; a cluster
 * finds brokers; a broker sends what it is asked to through its connections.
 */
const CREATE_CLUSTER = 'private:Kafka:createCluster'

interface Cluster {
  findBroker(query: unknown): Promise<Broker>
}

export interface Broker {
  readonly connectionPool: { send(protocol: Protocol): Promise<unknown> }
}

/** A request and its answer, as a connection takes them. */
export interface Protocol {
  readonly request: {
    readonly apiVersion: number
    encode(): Promise<Encoded>
  }
  readonly response: {
    decode(body: Buffer): Promise<unknown>
    parse(decoded: unknown): Promise<unknown>
  }
}

/** What a connection takes of an encoder. */
interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

/** A request's body as a connection takes it. */
export const encoded = (buffer: Buffer): Encoded => ({ buf: buffer, buffer })

/** Whose clusters give brokers as `wrap` makes them of kafkajs's; undefined for a kafkajs that is made otherwise. */
export const withBrokers = (kafka: Kafka, wrap: (broker: Broker) => Broker): Kafka | undefined => {
  const name = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER)
  if (name === undefined) return undefined
  const createCluster = (kafka as unknown as Record<symbol, (options: unknown) => Cluster>)[name]
  if (!createCluster) return undefined
  const create = (options: unknown): Cluster => {
    const cluster = createCluster(options)
    const find = cluster.findBroker.bind(cluster)
    // One for each: kafkajs tells by them who has answered.
    const known = new WeakMap<Broker, Broker>()
    cluster.findBroker = async (query) => {
      const broker = await find(query)
      const ours = known.get(broker) ?? wrap(broker)
      known.set(broker, ours)
      return ours
    }
    return cluster
  }
  return Object.create(kafka, { [name]: { value: create } })
}

/** What kafkajs's broker comes to when it is asked by this method, where `change` has its way with what it sends. */
export const askThrough = <Asked, Answer>(
  broker: Broker,
  method: 'produce' | 'fetch',
  asked: Asked,
  change: (protocol: Protocol) => Protocol,
): Promise<Answer> => {
  const pool = broker.connectionPool
  const send = (protocol: Protocol): Promise<unknown> => pool.send(change(protocol))
  const through = Object.create(broker, {
    connectionPool: { value: Object.create(pool, { send: { value: send } }) },
  })
  return Object.getPrototypeOf(broker)[method].call(through, asked)
}
