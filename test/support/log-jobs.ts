/** Jobs put straight into a topic: a backlog of any size, the same records for whoever consumes them. */
import kafkajs from 'kafkajs'
import { makeJobId } from '../../core/job-id.ts'

export interface LogJobs {
  readonly topic: string
  readonly partitions: number
  readonly type: string
  readonly jobs: number
  readonly payload: unknown
  readonly key?: ((index: number) => string) | undefined
}

const BATCH = 1_000
const BATCH_BYTES = 900_000

/** Records go to the partitions in turns, some fourteen at a time, or to the first where they have keys. */
export const produceJobs = async (
  producer: kafkajs.Producer,
  { topic, partitions, type, jobs, payload, key }: LogJobs,
): Promise<void> => {
  const value = JSON.stringify({ payload })
  const batch = Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / value.length)))
  const now = Date.now()
  for (let sent = 0; sent < jobs; sent += batch) {
    const messages = Array.from({ length: Math.min(batch, jobs - sent) }, (_, n) => {
      const index = sent + n
      const partition = key ? 0 : Math.floor((index * 7) / 100) % partitions
      return {
        partition,
        key: key ? key(index) : null,
        value,
        timestamp: String(now),
        headers: { id: makeJobId({ submittedAt: now, partition, epoch: 0 }), type },
      }
    })
    await producer.send({ topic, acks: -1, messages })
  }
}

export const connectProducer = async (kafka: kafkajs.Kafka): Promise<kafkajs.Producer> => {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  })
  await producer.connect()
  return producer
}
