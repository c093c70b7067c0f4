/** What the others are measured against: programs which do the least that can be done. */
import kafkajs from 'kafkajs'
import pg from 'pg'
import { connectProducer, produceJobs } from '../../support/log-jobs.ts'
import { until } from '../../until.ts'
import { startLibrary } from '../lib/programs.ts'
import { versionOf } from '../lib/versions.ts'
import { groupOf, topicOf } from '../libraries/raw-kafkajs.ts'
import type { Contestant } from './contestant.ts'
import { libraryInstallation, placeOf } from './libraries.ts'

export const bare: Contestant = {
  name: 'bare',
  about: `node:http of Node ${process.versions.node}: parses the JSON and answers`,
  async open() {
    const running: { stop(): Promise<unknown> }[] = []
    return {
      async server() {
        const server = await startLibrary('server', '', undefined)
        running.push(server)
        return server
      },
      request: (payload) => ({ path: '/jobs', body: JSON.stringify({ type: 'noop', payload }) }),
      async clear() {},
      async close() {
        await Promise.all(running.map((it) => it.stop()))
      },
    }
  },
}

/** A consumer of kafkajs on a topic and a table of its own. */
const onKafkajs = (name: 'raw-kafkajs' | 'kafkajs-serial', about: string): Contestant => ({
  name,
  about: `kafkajs ${versionOf('kafkajs')}: ${about}`,
  async open(bench, setUp) {
    const { partitions } = setUp
    const place = placeOf(bench, setUp)
    const kafka = new kafkajs.Kafka({
      clientId: place.name,
      brokers: bench.brokers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const topic = topicOf(place)
    const pool = new pg.Pool({ connectionString: bench.databaseUrl, max: 1 })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false })
    // What kafkajs waits for itself fails where the broker does not know the topic yet.
    await until(`${topic} has leaders`, async () => {
      const known = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined)
      const all = known?.topics[0]?.partitions ?? []
      return all.length === partitions && all.every(({ leader }) => leader >= 0)
    })
    await pool.query(`create schema ${place.name}`)
    await pool.query(
      `create table ${place.name}.results (id uuid primary key, type text not null, result json, submitted_at timestamptz not null, finished_at timestamptz not null)`,
    )
    const producer = await connectProducer(kafka)
    return libraryInstallation({
      library: name,
      place,
      setUp,
      fill: (jobs, payload, key) =>
        produceJobs(producer, { topic, partitions, type: 'noop', jobs, payload, key }),
      async done() {
        const { rows } = await pool.query<{ count: string }>(`select count(*) from ${place.name}.results`)
        return Number(rows[0]?.count)
      },
      async clear() {
        await pool.query(`truncate ${place.name}.results`)
      },
      async remove() {
        await producer.disconnect()
        await admin.deleteTopics({ topics: [topic] })
        await admin.deleteGroups([groupOf(place)]).catch(() => {})
        await admin.disconnect()
        await pool.query(`drop schema ${place.name} cascade`)
        await pool.end()
      },
    })
  },
})

export const rawKafkajs = onKafkajs(
  'raw-kafkajs',
  'acks=-1; eachBatch, JSON.parse, one upsert by UNNEST a batch, then the commit',
)

export const serialKafkajs = onKafkajs(
  'kafkajs-serial',
  'eachMessage: one record of a partition after the other, a row each, then the commit',
)
