/** What travels with a commit on a real Kafka: read back by the next owner, and left alone where it is not ours. */
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFinished, encodeFinished } from '../../consumer/engine/offset-metadata.ts'
import { openTopic, realKafka, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Engine and the metadata of commits', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

const open = async (context: { topic: Topic | undefined }, jobs: number): Promise<Topic> => {
  const topic = await openTopic(1)
  context.topic = topic
  await topic.send(Array.from({ length: jobs }, (_, n) => ({ value: `${n}`, partition: 0 })))
  return topic
}

const stored = async ({ admin, groupId, topic }: Topic) => {
  const [group] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const { offset, metadata } = group?.partitions[0] ?? { offset: '-1', metadata: null }
  return { offset: Number(offset), metadata: metadata ?? '' }
}

/** An engine that notes what it runs; jobs in `hang` end only when they are aborted. What has an outcome it never knows. */
const noting = (topic: Topic, hang: readonly string[] = []) => {
  const ran: string[] = []
  const warnings: string[] = []
  const engine = topic.engine({
    log: pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
    run: async ({ task, abort: { signal } }) => {
      ran.push(task)
      if (hang.includes(task))
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { result: task }
    },
  })
  return { engine, ran, warnings }
}

/** As another client would do it: a member of the group that commits what it likes. */
const commitElsewhere = async (topic: Topic, offset: number, metadata: string): Promise<void> => {
  const consumer = realKafka().consumer({ groupId: topic.groupId })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: topic.topic, fromBeginning: true })
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
    await joined
    await consumer.commitOffsets([{ topic: topic.topic, partition: 0, offset: `${offset}`, metadata }])
  } finally {
    await consumer.disconnect()
  }
}

test('what is finished behind a slow job is in the commit, and no next owner runs it again', async (it) => {
  const count = 1_500
  const topic = await open(it, count)
  const slow = ['0', '700']
  const first = noting(topic, slow)
  await first.engine.start()
  const finished = [
    { from: 1, to: 700 },
    { from: 701, to: count },
  ]
  await until('all but the slow ones are told finished', async () => {
    const { offset, metadata } = await stored(topic)
    const told = decodeFinished({ topic: topic.topic, partition: 0, offset }, metadata)
    return offset === 0 && JSON.stringify(told) === JSON.stringify(finished)
  })
  assert.is(first.ran.length, count)
  await first.engine.stop(0)
  const second = noting(topic)
  await second.engine.start()
  await topic.drained()
  assert.equal(second.ran, slow)
  assert.equal(await stored(topic), { offset: count, metadata: '' })
  assert.equal([...first.warnings, ...second.warnings], [])
})

test('more gaps than there is room for are told as far as it goes, and the next owner runs the rest only', async (it) => {
  const count = 9_000
  const topic = await open(it, count)
  // A commit with the longest text there can be, as from an owner with every other job still running.
  const place = { topic: topic.topic, partition: 0, offset: 0 }
  const finished = Array.from({ length: count / 2 }, (_, n) => ({ from: 2 * n + 1, to: 2 * n + 2 }))
  const metadata = encodeFinished(place, finished)
  assert.is(metadata.length, 4_096)
  await commitElsewhere(topic, 0, metadata)
  const told = decodeFinished(place, (await stored(topic)).metadata)
  assert.ok(told && told.length > 1_500 && told.length < finished.length)
  const { engine, ran } = noting(topic)
  await engine.start()
  await topic.drained(20_000)
  assert.is(ran.length, count - told.length)
  assert.is(new Set(ran).size, ran.length)
  assert.ok(told.every(({ from }) => !ran.includes(`${from}`)))
})

test('metadata that is not ours is left unread with a warning, and nothing is lost by it', async (it) => {
  const topic = await open(it, 10)
  const elsewhere = encodeFinished({ topic: topic.topic, partition: 0, offset: 3 }, [{ from: 6, to: 8 }])
  const damaged = `${elsewhere.slice(0, -3)}${elsewhere.endsWith('AAA') ? 'BBB' : 'AAA'}`
  for (const metadata of ['committed by hand', '{"v":1}', damaged, elsewhere]) {
    await commitElsewhere(topic, 5, metadata)
    const { engine, ran, warnings } = noting(topic)
    await engine.start()
    await topic.drained()
    assert.equal(ran.toSorted(), ['5', '6', '7', '8', '9'], metadata)
    assert.is(warnings.length, 1)
    assert.ok(warnings[0]?.includes('metadata'))
    await engine.stop(1_000)
  }
})

test('offsets that an admin sets back are run again from there', async (it) => {
  const topic = await open(it, 10)
  const first = noting(topic, ['2'])
  await first.engine.start()
  await until(
    'all but one have ended',
    async () => (await stored(topic)).metadata !== '' && first.ran.length === 10,
  )
  await first.engine.stop(0)
  await topic.admin.setOffsets({
    groupId: topic.groupId,
    topic: topic.topic,
    partitions: [{ partition: 0, offset: '1' }],
  })
  const second = noting(topic)
  await second.engine.start()
  await topic.drained()
  assert.equal(second.ran.toSorted(), ['1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

test.run()
