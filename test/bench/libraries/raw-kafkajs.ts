/**
 * The floor of the pipeline, not a job system: kafkajs's producer, and a consumer which parses each record of a batch, writes
 * a row a record in one statement, and commits. No retries, no order within a batch but the log's, nobody else's claims.
 */
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import pg from 'pg'
import type { Library, Place } from './library.ts'

const clientOf = ({ brokers, name }: Place): kafkajs.Kafka =>
  new kafkajs.Kafka({ clientId: name, brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR })

export const topicOf = ({ name }: Pick<Place, 'name'>): string => `${name}.jobs`
export const groupOf = ({ name }: Pick<Place, 'name'>): string => `${name}-workers`

const header = (message: kafkajs.KafkaMessage, name: string): string => String(message.headers?.[name] ?? '')

export const rawKafkajs: Library = {
  async connect(place) {
    const producer = clientOf(place).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    })
    await producer.connect()
    const topic = topicOf(place)
    const message = (payload: unknown): kafkajs.Message => ({
      value: JSON.stringify({ payload }),
      headers: { id: randomUUID(), type: 'noop' },
    })
    return {
      add: (payload) => producer.send({ topic, acks: -1, messages: [message(payload)] }),
      addMany: (payloads) => producer.send({ topic, acks: -1, messages: payloads.map(message) }),
      close: () => producer.disconnect(),
    }
  },
  async work(place, _concurrency, run) {
    const pool = new pg.Pool({ connectionString: place.databaseUrl, max: 4 })
    const consumer = clientOf(place).consumer({ groupId: groupOf(place), allowAutoTopicCreation: false })
    await consumer.connect()
    await consumer.subscribe({ topics: [topicOf(place)], fromBeginning: true })
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve())
    })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, heartbeat }) {
        const ids: string[] = []
        const types: string[] = []
        const results: string[] = []
        const submitted: Date[] = []
        const finished: Date[] = []
        for (const record of batch.messages) {
          const { payload } = JSON.parse(String(record.value)) as { payload: Record<string, unknown> }
          const result = run(payload)
          ids.push(header(record, 'id'))
          types.push(header(record, 'type'))
          results.push(JSON.stringify((result instanceof Promise ? await result : result) ?? null))
          submitted.push(new Date(Number(record.timestamp)))
          finished.push(new Date())
        }
        const last = batch.messages.at(-1)
        if (last === undefined) return
        await pool.query({
          name: 'record',
          text: `insert into ${place.name}.results (id, type, result, submitted_at, finished_at)
                 select * from unnest($1::uuid[], $2::text[], $3::json[], $4::timestamptz[], $5::timestamptz[])
                 on conflict (id) do update set result = excluded.result, finished_at = excluded.finished_at`,
          values: [ids, types, results, submitted, finished],
        })
        resolveOffset(last.offset)
        const offset = String(BigInt(last.offset) + 1n)
        await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }])
        await heartbeat()
      },
    })
    await joined
    return {
      async close() {
        await consumer.disconnect()
        await pool.end()
      },
    }
  },
}
