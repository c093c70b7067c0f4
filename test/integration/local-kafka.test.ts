/** The local broker itself: its own data folder, whatever Kafka the other tests use. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { createKafka } from '../../core/kafka/client.ts'
import { identify } from '../../local/identity.ts'
import { type LocalKafka, startKafka } from '../../local/kafka.ts'
import { endLeftovers } from '../../local/records.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'local-kafka-'))
const start = (signal?: AbortSignal): Promise<LocalKafka> => startKafka({ dataDir, log: () => {}, signal })
const client = ({ brokers }: LocalKafka) =>
  createKafka(readConfig({ KAFKA_BROKERS: brokers }, 'master').kafka, 'test', pino({ level: 'silent' }))

const failure = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => 'no failure',
    (thrown: unknown) => String(thrown),
  )

const test = suite('local Kafka')
let kafka: LocalKafka
test.before(async () => {
  kafka = await start()
})
test.after(async () => {
  await endLeftovers(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
})

test('a record that was acknowledged is there after kill -9, on the same address', async () => {
  const before = client(kafka)
  const admin = before.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = before.producer()
  await producer.connect()
  await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'x' }, { value: 'y' }] })
  await producer.disconnect()

  kafka.kill()
  assert.equal(await kafka.exited, { code: null, signal: 'SIGKILL' })
  const { brokers } = kafka
  kafka = await start()
  assert.is(kafka.brokers, brokers)
  const after = client(kafka).admin()
  await after.connect()
  const [offsets] = await after.fetchTopicOffsets('kept')
  await after.disconnect()
  assert.is(offsets?.high, '2')
})

test('a topic that nobody made is not made by asking for it', async () => {
  const admin = client(kafka).admin({ retry: { retries: 0 } })
  await admin.connect()
  const said = await failure(admin.fetchTopicMetadata({ topics: ['never-made'] }))
  const topics = await admin.listTopics()
  await admin.disconnect()
  assert.match(said, 'does not host this topic-partition')
  assert.not.ok(topics.includes('never-made'))
})

test('a second broker on the same folder is refused, and the first one runs on', async () => {
  assert.match(await failure(start()), `kafka runs in ${dataDir} already (pid ${kafka.pid})`)
  assert.ok(identify(kafka.pid))
})

test('a broker that can’t use its data says why in one line', async () => {
  await kafka.stop()
  const file = join(dataDir, 'kafka', 'data', 'meta.properties')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('node.id=1', 'node.id=2'))
  const said = await failure(start())
  writeFileSync(file, text)
  assert.match(said, /kafka: ended while starting \(exit code 1\): .*node.*kafka\.log/)
  assert.not.match(said, '\n')
})

test('a start that is given up leaves nothing running', async () => {
  const giveUp = new AbortController()
  const starting = start(giveUp.signal)
  setTimeout(() => giveUp.abort(new Error('given up')), 700)
  assert.match(await failure(starting), 'given up')
  assert.equal(await endLeftovers(dataDir), [])
})

test.run()
