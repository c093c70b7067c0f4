/**
 * The floor of the pipeline, not a job system: kafkajs's producer, and consumers which parse each record, write
 * a row a record, and commit. No retries, no order within a batch but the log's, nobody else's claims.
 */
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import pg from 'pg'
import type { BenchPayload, Library, Place } from './library.ts'

const clientOf = ({ brokers, name }: Place): kafkajs.Kafka =>
  new kafkajs.Kafka({ clientId: name, brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR })

export const topicOf = ({ name }: Pick<Place, 'name'>): string => `${name}.jobs`
export const groupOf = ({ name }: Pick<Place, 'name'>): string => `${name}-workers`

const header = (message: kafkajs.KafkaMessage, name: string): string => String(message.headers?.[name] ?? '')

const connect: Library['connect'] = async (place) => {
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
}

/** A consumer that has joined its group, and runs as it is told. */
const consume = async (
  place: Place,
  configOf: (consumer: kafkajs.Consumer, pool: pg.Pool) => kafkajs.ConsumerRunConfig,
): Promise<{ close(): Promise<void> }> => {
  const pool = new pg.Pool({ connectionString: place.databaseUrl, max: 4 })
  const consumer = clientOf(place).consumer({ groupId: groupOf(place), allowAutoTopicCreation: false })
  await consumer.connect()
  await consumer.subscribe({ topics: [topicOf(place)], fromBeginning: true })
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve())
  })
  await consumer.run(configOf(consumer, pool))
  await joined
  return {
    async close() {
      await consumer.disconnect()
      await pool.end()
    },
  }
}

type Run = Parameters<Library['work']>[2]

/** Runs the jobs of these records one after the other, and writes their rows in one statement. */
const runAndRecord = async (
  pool: pg.Pool,
  { name }: Place,
  records: readonly kafkajs.KafkaMessage[],
  run: Run,
): Promise<void> => {
  const ids: string[] = []
  const types: string[] = []
  const results: string[] = []
  const submitted: Date[] = []
  const finished: Date[] = []
  for (const record of records) {
    const { payload } = JSON.parse(String(record.value)) as { payload: BenchPayload }
    const result = run(payload)
    ids.push(header(record, 'id'))
    types.push(header(record, 'type'))
    results.push(JSON.stringify((result instanceof Promise ? await result : result) ?? null))
    submitted.push(new Date(Number(record.timestamp)))
    finished.push(new Date())
  }
  await pool.query({
    name: 'record',
    text: `insert into ${name}.results (id, type, result, submitted_at, finished_at)
           select * from unnest($1::uuid[], $2::text[], $3::json[], $4::timestamptz[], $5::timestamptz[])
           on conflict (id) do update set result = excluded.result, finished_at = excluded.finished_at`,
    values: [ids, types, results, submitted, finished],
  })
}

export const rawKafkajs: Library = {
  connect,
  work: (place, _concurrency, run) =>
    consume(place, (consumer, pool) => ({
      autoCommit: false,
      eachBatchAutoResolve: false,
      async eachBatch({ batch, resolveOffset, heartbeat }) {
        const last = batch.messages.at(-1)
        if (last === undefined) return
        await runAndRecord(pool, place, batch.messages, run)
        resolveOffset(last.offset)
        const offset = String(BigInt(last.offset) + 1n)
        await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }])
        await heartbeat()
      },
    })),
}

/** A partition's records one by one, as `eachMessage` gives them; kafkajs commits now and then. */
export const serialKafkajs: Library = {
  connect,
  work: (place, _concurrency, run) =>
    consume(place, (_consumer, pool) => ({
      eachMessage: ({ message }) => runAndRecord(pool, place, [message], run),
    })),
}
