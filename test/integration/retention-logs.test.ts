import kafkajs, { type Admin } from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { trimTopic } from '../../producer/retention/trim.ts'
import { call } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform, type TopicName } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const HOUR = 3_600_000

let platform: Platform
let admin: Admin

const test = suite('retention of logs')

setUp(test, async () => {
  platform = await startPlatform('trim', { PARTITIONS: '2' })
  admin = platform.kafka.admin()
  await admin.connect()
})
test.after(async () => {
  await admin?.disconnect()
  await platform?.stop()
})

const send = async (topic: TopicName, count: number, ago: number, partition = 0): Promise<void> => {
  const producer = platform.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const timestamp = String(Date.now() - ago)
  const messages = Array.from({ length: count }, () => ({ partition, timestamp, value: '{}' }))
  await producer.send({ topic: platform.topic(topic), acks: -1, messages })
  await producer.disconnect()
}

const slaves = (): string => `${platform.prefix}-slaves`

const commit = async (topic: TopicName, offset: number, partition = 0): Promise<void> => {
  const name = platform.topic(topic)
  const seek = { partition, offset: String(offset) }
  await admin.setOffsets({ groupId: slaves(), topic: name, partitions: [seek] })
  await until('it is committed', async () => {
    const [group] = await admin.fetchOffsets({ groupId: slaves(), topics: [name] })
    return group?.partitions.some((it) => it.partition === partition && it.offset === seek.offset)
  })
}

/** Where the logs of a topic begin, by partition. */
const lows = async (topic: TopicName): Promise<number[]> =>
  (await admin.fetchTopicOffsets(platform.topic(topic)))
    .sort((a, b) => a.partition - b.partition)
    .map(({ low }) => Number(low))

const trim = (topic: TopicName, keptMs: number, least = 1, group = slaves()): Promise<number> =>
  trimTopic(admin, group, platform.topic(topic), keptMs, least)

test('what is not committed stays, whatever its age; the rest goes', async () => {
  await send('jobs.low', 10, 5 * HOUR, 0)
  await send('jobs.low', 10, 5 * HOUR, 1)
  await commit('jobs.low', 6)
  assert.is(await trim('jobs.low', HOUR), 6)
  assert.equal(await lows('jobs.low'), [6, 0])
  const offsets = (await readLog(platform, 'jobs.low')).map((it) => `${it.partition} ${it.offset}`)
  assert.equal(
    offsets.sort(),
    [
      ...Array.from({ length: 4 }, (_, n) => `0 ${n + 6}`),
      ...Array.from({ length: 10 }, (_, n) => `1 ${n}`),
    ].sort(),
  )
  assert.is(await trim('jobs.low', HOUR), 0, 'repeated, it does nothing')
})

test('what is young stays, though it is committed; and nothing goes for less than is worth it', async () => {
  await send('jobs.high', 4, 5 * HOUR)
  await send('jobs.high', 4, 0)
  await commit('jobs.high', 7)
  assert.is(await trim('jobs.high', HOUR, 5), 0)
  assert.is(await trim('jobs.high', HOUR, 4), 4)
  assert.equal(await lows('jobs.high'), [4, 0])
})

test('where a group has no commit nothing goes', async () => {
  await send('jobs', 3, 40 * 24 * HOUR, 1)
  assert.is(await trim('jobs', 0, 1, 'nobody'), 0)
  assert.equal(await lows('jobs'), [0, 0])
})

test('masters trim and delete from their start on, and say so in their metrics', async () => {
  await send('jobs', 5, 26 * HOUR)
  await commit('jobs', 5)
  const old = `insert into outcomes (id, type, status, topic, partition, "offset", attempts, submitted_at, finished_at, worker)
    values ('00000000-0001-8000-8000-000000000001', 't', $1, 'jobs', 0, 0, '[]', '2000-01-01', '2000-01-01', 'w')`
  await platform.sql(old, ['succeeded'])
  await platform.sql(old.replace('000001', '000002'), ['cancelled'])
  const masters = await Promise.all([platform.master(), platform.master()])
  await until('the log is trimmed', async () => (await lows('jobs'))[0] === 5)
  assert.equal(await lows('jobs'), [5, 0], 'the other partition’s records wait')
  const rows = await platform.sql<{ id: string }>('select id from outcomes')
  assert.equal(
    rows.map(({ id }) => id.slice(-1)),
    ['2'],
    'a record that is as old as the cancelled job’s waits: it might be its own',
  )
  const textOf = async ({ url }: RunningProcess): Promise<string> => (await call(`${url}/metrics`)).text
  const text = await until('one of them says so', async () => {
    const both = await Promise.all(masters.map(textOf))
    const topic = platform.topic('jobs').replaceAll('.', '\\.')
    const said = new RegExp(`^anomgrd_retention_trimmed_total\\{topic="${topic}",node="[^"]*"\\} 5$`, 'm')
    return both.find((it) => said.test(it))
  })
  assert.match(text, /^anomgrd_retention_deleted_total\{table="outcomes",node="[^"]*"\} 1$/m)
  assert.match(text, /^anomgrd_retention_step_seconds_count\{.*table="schedule_ticks".*\} 1$/m)
  assert.match(text, /^anomgrd_retention_failing\{of="outcomes",node="[^"]*"\} 0$/m)
  assert.not.match(text, /^anomgrd_retention_failing\{.*\} 1$/m)
})

test.run()
