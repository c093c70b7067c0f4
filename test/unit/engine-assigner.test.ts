/** What members say and what the leader hears of it, through kafkajs's own encoding. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStickyAssigner, type Owned, STICKY_ASSIGNER } from '../../consumer/engine/assigner.ts'
import { AssignerProtocol } from '../../core/kafka/client.ts'

const { MemberMetadata, MemberAssignment } = AssignerProtocol
const test = suite('Sticky assigner')

/** Brokers list partitions in no order. */
const cluster = (counts: Record<string, number>) => ({
  findTopicPartitionMetadata: (topic: string) =>
    Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })).reverse(),
})
const member = (owned: Record<string, number[]>, generation = 1, counts: Record<string, number> = {}) => {
  const now: Owned = { generation, partitions: new Map(Object.entries(owned)) }
  return createStickyAssigner(() => now)({ cluster: cluster(counts) })
}
const claim = (memberId: string, topics: string[], owned: Record<string, number[]>, generation?: number) => ({
  memberId,
  memberMetadata: member(owned, generation).protocol({ topics }).metadata,
})
const raw = (memberId: string, userData: string) => ({
  memberId,
  memberMetadata: MemberMetadata.encode({ version: 0, topics: ['jobs'], userData: Buffer.from(userData) }),
})
const assign = async (
  counts: Record<string, number>,
  members: { memberId: string; memberMetadata: Buffer }[],
): Promise<Record<string, unknown>> => {
  const answer = await member({}, 1, counts).assign({ members, topics: Object.keys(counts) })
  return Object.fromEntries(
    answer.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
    ]),
  )
}

test('what members say they own is what they keep, of several topics, each balanced by itself', async () => {
  const topics = ['jobs', 'control']
  const members = [
    claim('a', topics, { jobs: [3, 1], control: [0] }),
    claim('b', topics, { jobs: [2], other: [7] }),
    claim('c', topics, {}),
  ]
  assert.equal(await assign({ jobs: 4, control: 2 }, members), {
    a: { control: [0], jobs: [1, 3] },
    b: { control: [1], jobs: [2] },
    c: { jobs: [0] },
  })
})

test('the generation travels along, and decides', async () => {
  const [old, late] = [claim('a', ['jobs'], { jobs: [0, 1] }, 4), claim('b', ['jobs'], { jobs: [0, 1] }, 5)]
  assert.equal(await assign({ jobs: 4 }, [old, late]), { a: { jobs: [2, 3] }, b: { jobs: [0, 1] } })
})

test('it is asked anew at each join, and says what is unchanged in the same bytes', () => {
  let now: Owned = { generation: 5, partitions: new Map([['jobs', [2, 1]]]) }
  const assigner = createStickyAssigner(() => now)({ cluster: cluster({}) })
  const bytes = () => assigner.protocol({ topics: ['jobs'] }).metadata.toString('hex')
  const first = bytes()
  now = { generation: 6, partitions: new Map([['jobs', [1, 2]]]) }
  assert.is(bytes(), first, 'the same partitions, two generations long')
  now = { generation: 7, partitions: new Map([['jobs', [1]]]) }
  const less = bytes()
  assert.is.not(less, first)
  now = { generation: 8, partitions: new Map([['jobs', [1, 2]]]) }
  assert.is.not(bytes(), first, 'got anew, in a later generation')
})

test('it says its name, its topics and no more than it must, in a version that brokers can read', () => {
  const jobs = Array.from({ length: 24 }, (_, it) => it)
  const { name, metadata } = member({ jobs, other: [1] }).protocol({ topics: ['jobs'] })
  assert.is(name, STICKY_ASSIGNER)
  const { version, topics, userData } = MemberMetadata.decode(metadata) ?? {}
  assert.equal([version, topics], [0, ['jobs']])
  assert.equal(JSON.parse(String(userData)), { v: 1, generation: 1, owned: [['jobs', jobs]] })
})

test('a claim that is damaged, foreign or missing claims nothing, and harms nobody', async () => {
  const good = claim('good', ['jobs'], { jobs: [0, 3] })
  const bad = [
    raw('bad', ''),
    raw('bad', 'null'),
    raw('bad', '{"v":1}'),
    raw('bad', '{"v":2,"generation":9,"owned":[["jobs",[0,3]]]}'),
    raw('bad', '{"v":1,"generation":1e999,"owned":[["jobs",[0,3]]]}'),
    raw('bad', '{"v":1,"generation":9,"owned":[["jobs",[1.5,-1,99]]]}'),
    raw('bad', '{"v":1,"generation":9,"owned":[["constructor",[0]]]}'),
    { memberId: 'bad', memberMetadata: Buffer.alloc(0) },
    // A length of −1: no user data at all.
    { memberId: 'bad', memberMetadata: Buffer.from('000000000000ffffffff', 'hex') },
  ]
  for (const one of bad)
    assert.equal(await assign({ jobs: 4 }, [one, good]), { bad: { jobs: [1, 2] }, good: { jobs: [0, 3] } })
})

test('no bytes whatever make it throw or leave a partition out', async () => {
  const valid = claim('a', ['jobs'], { jobs: [0, 1] }).memberMetadata
  const damaged = fc
    .tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length))
    .map(([at, byte, length]) => {
      const bytes = Buffer.from(valid)
      bytes[at] = byte
      return bytes.subarray(0, length)
    })
  const any = fc.uint8Array({ maxLength: 64 }).map((it) => Buffer.from(it))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(damaged, any), { minLength: 1, maxLength: 4 }), async (metadata) => {
      const answer = await assign(
        { jobs: 5 },
        metadata.map((memberMetadata, index) => ({ memberId: `m${index}`, memberMetadata })),
      )
      const all = Object.values(answer).flatMap((it) => Object.values(it ?? {}).flat())
      assert.equal(all.sort(), [0, 1, 2, 3, 4])
    }),
    { numRuns: 300 },
  )
})

test('a member beyond the number of partitions gets an empty assignment', async () => {
  const members = [claim('a', ['jobs'], {}), claim('b', ['jobs'], { jobs: [0] })]
  assert.equal(await assign({ jobs: 1 }, members), { a: {}, b: { jobs: [0] } })
})

test.run()
