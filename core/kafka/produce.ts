/** kafkajs's producer with our encoding of records. */
import type { Kafka, Message, Producer, ProducerConfig, ProducerRecord } from 'kafkajs'
import { askThrough, type Broker, encoded, withBrokers } from './brokers.ts'
import { encodeRecordBatch, gzipRecordBatch } from './record-batch.ts'

/** kafkajs's name for records that are not compressed. */
const PLAIN = 0

interface Asked {
  readonly acks: number
  readonly timeout: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[]
  }[]
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
      value: (asked: Asked) =>
        askThrough(broker, 'produce', asked, ({ request, ...rest }) => ({
          ...rest,
          request: { ...request, encode: async () => encoded(encodeProduce(asked)) },
        })),
    },
  })

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
  const own = withBrokers(kafka, withBatches)
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
