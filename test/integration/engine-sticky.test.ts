/** Groups on a real Kafka whose members come, go, die and are of two versions: only what must move does. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStickyAssigner, roundRobin, STICKY_ASSIGNER } from '../../consumer/engine/assigner.ts'
import { readConfig } from '../../core/config.ts'
import { createKafka, type Kafka } from '../../core/kafka/client.ts'
import { quiet } from '../fixtures/quiet.ts'
import { openTopic, realKafka, type Topic } from '../fixtures/real-kafka.ts'
import { startKafkaProxy } from '../support/proxy.ts'
import { until } from '../until.ts'

const PARTITIONS = 12

interface Member {
  readonly name: string
  /** What the group gave it last; none before it joined. */
  readonly owned: readonly number[] | undefined
  /** The assigner that the group chose. */
  readonly protocol: string | undefined
  leave(): Promise<void>
}

const context: { topic: Topic | undefined; members: Member[] } = { topic: undefined, members: [] }
const test = suite('Sticky groups', context)
test.before.each(async (it) => {
  it.topic = await openTopic(PARTITIONS)
})
test.after.each(async (it) => {
  await Promise.all(it.members.splice(0).map((member) => member.leave()))
  await it.topic?.close()
  it.topic = undefined
})

/** A member that knows `sticky` and round robin, or round robin alone, as one of before. */
const join = async (
  it: typeof context,
  name: string,
  { kafka = realKafka(), sticky = true }: { kafka?: Kafka; sticky?: boolean } = {},
): Promise<Member> => {
  const { topic = '', groupId = '' } = it.topic ?? {}
  const now: { owned?: readonly number[]; protocol?: string; generation: number } = { generation: 0 }
  const own = createStickyAssigner(() => ({
    generation: now.generation,
    partitions: new Map([[topic, now.owned ?? []]]),
  }))
  const consumer = kafka.consumer({
    groupId,
    partitionAssigners: sticky ? [own, roundRobin] : [roundRobin],
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 50,
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 3, restartOnFailure: async () => true },
  })
  consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
    now.generation = payload.groupGenerationId
  })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    now.generation++
    now.owned = payload.memberAssignment[topic] ?? []
    now.protocol = payload.groupProtocol
  })
  let leaving: Promise<void> | undefined
  const member: Member = {
    name,
    get owned() {
      return now.owned
    },
    get protocol() {
      return now.protocol
    },
    leave: () => (leaving ??= consumer.disconnect()),
  }
  it.members.push(member)
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  return member
}

/** Resolves once these members own each partition once, and each its share. Gives the owners by partition. */
const settled = (members: readonly Member[]): Promise<string[]> =>
  until(`${members.map(({ name }) => name).join(', ')} share all partitions`, () => {
    const owners: string[] = []
    for (const { name, owned = [] } of members) {
      const shares = [Math.floor(PARTITIONS / members.length), Math.ceil(PARTITIONS / members.length)]
      if (!shares.includes(owned.length)) return undefined
      for (const partition of owned) {
        if (owners[partition] !== undefined) return undefined
        owners[partition] = name
      }
    }
    return owners
  })

/** Of what moved: from whom, to whom. */
const moves = (before: readonly string[], after: readonly string[]) =>
  before.flatMap((from, partition) => {
    const to = after[partition]
    return from === to ? [] : [{ from, to }]
  })
const count = (names: readonly (string | undefined)[]) =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, its]) => [name, its.length]))

test('of 12 partitions 3 move to a fourth member, one from each, and those 3 move when it leaves', async (it) => {
  const old = await Promise.all(['a', 'b', 'c'].map((name) => join(it, name)))
  const three = await settled(old)
  const fourth = await join(it, 'd')
  const four = await settled([...old, fourth])
  assert.equal(
    moves(three, four)
      .map(({ from, to }) => `${from} to ${to}`)
      .sort(),
    ['a to d', 'b to d', 'c to d'],
  )
  await fourth.leave()
  const back = moves(four, await settled(old))
  assert.equal(count(back.map(({ from }) => from)), { d: 3 })
  assert.equal(count(back.map(({ to }) => to)), { a: 1, b: 1, c: 1 })
  for (const { protocol } of old) assert.is(protocol, STICKY_ASSIGNER)
})

test('of a member that dies only its own partitions move, and as many to it when it is back', async (it) => {
  const proxy = await startKafkaProxy(realKafka())
  try {
    const others = await Promise.all(['a', 'b', 'c'].map((name) => join(it, name)))
    const { kafka } = readConfig({ ...process.env, KAFKA_BROKERS: proxy.brokers }, 'child')
    const mortal = await join(it, 'd', { kafka: createKafka(kafka, 'mortal', quiet) })
    const before = await settled([...others, mortal])
    await proxy.set('refuse')
    const without = await settled(others)
    assert.equal(count(moves(before, without).map(({ from }) => from)), { d: 3 })
    // Back, it still claims what others have by now.
    await proxy.set('pass')
    const back = moves(without, await settled([...others, mortal]))
    assert.equal(count(back.map(({ to }) => to)), { d: 3 })
    assert.equal(count(back.map(({ from }) => from)), { a: 1, b: 1, c: 1 })
    await mortal.leave()
  } finally {
    await proxy.close()
  }
})

test('a group with a member of before shares out by round robin, and is sticky once that has left', async (it) => {
  const before = await join(it, 'before', { sticky: false })
  const first = await join(it, 'first')
  await settled([before, first])
  const second = await join(it, 'second')
  const mixed = await settled([before, first, second])
  for (const { protocol } of [before, first, second]) assert.is(protocol, 'RoundRobinAssigner')
  await before.leave()
  const sticky = await settled([first, second])
  for (const { protocol } of [first, second]) assert.is(protocol, STICKY_ASSIGNER)
  assert.equal(count(moves(mixed, sticky).map(({ from }) => from)), { before: 4 })
})

test.run()
