/** kafkajs's producer with our encoding of records. */
import type { Kafka, Message, Producer, ProducerConfig, ProducerRecord } from 'kafkajs'
import { encodeRecordBatch, gzipRecordBatch } from './record-batch.ts'

/**
 * Parts of kafkajs 2.2.4 that it doesn't tell of. Each Kafka object makes its clusters by a function under this name;
 * a cluster finds brokers; a broker sends what it is asked to through its connections.
 */
const CREATE_CLUSTER = 'private:Kafka:createCluster'

/** kafkajs's name for records that are not compressed. */
const PLAIN = 0

interface Cluster {
  findBroker(query: unknown): Promise<Broker>
}

interface Broker {
  readonly connectionPool: { send(protocol: Protocol): Promise<unknown> }
  produce(asked: Asked): Promise<unknown>
}

interface Asked {
  readonly acks: number
  readonly timeout: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[]
  }[]
}

/** A request, as a connection takes it. */
interface Protocol {
  readonly request: { encode(): Promise<Encoded> }
}

/** What a connection takes of an encoder. */
interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

/** A produce request after its header (versions 3 to 7). The one message of each partition is its record batch. */
export const encodeProduce = ({ acks, timeout, topicData }: Asked): Buffer => {
  const head = Buffer.alloc(12)
  head.writeInt16BE(-1) // transactional id: none
  head.writeInt16BE(acks, 2)
  head.writeInt32BE(timeout, 4)
  head.writeInt32BE(topicData.length, 8)
  const parts: Buffer[] = [head]
  for (const { topic, partitions } of topicData) {
    const name = Buffer.from(topic)
    const about = Buffer.alloc(2 + name.length + 4)
    about.writeInt16BE(name.length)
    name.copy(about, 2)
    about.writeInt32BE(partitions.length, 2 + name.length)
    parts.push(about)
    for (const { partition, messages } of partitions) {
      const batch = messages[0]?.value
      if (messages.length !== 1 || !Buffer.isBuffer(batch))
        throw new TypeError('a partition has one record batch')
      const place = Buffer.alloc(8)
      place.writeInt32BE(partition)
      place.writeInt32BE(batch.length, 4)
      parts.push(place, batch)
    }
  }
  return Buffer.concat(parts)
}

/** The same broker; what it is asked to produce is encoded here. */
const withBatches = (broker: Broker): Broker =>
  Object.create(broker, {
    produce: {
      value: (asked: Asked) => {
        const pool = broker.connectionPool
        const send = ({ request, ...rest }: Protocol): Promise<unknown> => {
          const encode = async (): Promise<Encoded> => {
            const buffer = encodeProduce(asked)
            return { buf: buffer, buffer }
          }
          return pool.send({ ...rest, request: { ...request, encode } })
        }
        const through: Broker = Object.create(broker, {
          connectionPool: { value: Object.create(pool, { send: { value: send } }) },
          produce: { value: Object.getPrototypeOf(broker).produce },
        })
        return through.produce(asked)
      },
    },
  })

/** A Kafka object whose producers send record batches of ours; undefined for a kafkajs that is made otherwise. */
const forBatches = (kafka: Kafka): Kafka | undefined => {
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
      const ours = known.get(broker) ?? withBatches(broker)
      known.set(broker, ours)
      return ours
    }
    return cluster
  }
  return Object.create(kafka, { [name]: { value: create } })
}

const byPartition = (messages: readonly Message[]): Map<number, Message[]> => {
  const groups = new Map<number, Message[]>()
  for (const message of messages) {
    const { partition = -1 } = message
    const group = groups.get(partition)
    if (group) group.push(message)
    else groups.set(partition, [message])
  }
  return groups
}

/**
 * A producer as kafkajs makes it, for messages that name their partition, plain or gzipped: connections, leaders, answers and
 * errors are all its own, and only the records are encoded here. A kafkajs that is made otherwise encodes them as ever.
 */
export const batchProducer = (kafka: Kafka, config: ProducerConfig): Producer => {
  const own = forBatches(kafka)
  if (!own) return kafka.producer(config)
  const producer = own.producer(config)
  const send = async ({ messages, compression = PLAIN, ...rest }: ProducerRecord) => {
    const batches = [...byPartition(messages)].map(async ([partition, group]): Promise<Message> => {
      const batch = encodeRecordBatch(group)
      return { partition, value: compression === PLAIN ? batch : await gzipRecordBatch(batch) }
    })
    return producer.send({ ...rest, messages: await Promise.all(batches) })
  }
  return { ...producer, send }
}
