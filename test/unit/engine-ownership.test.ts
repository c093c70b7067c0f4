/** Partitions that come, go and stay, and logs that are not what they were. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PAUSE_ABOVE } from '../../consumer/engine/prefetch.ts'
import { driveEngine, place } from '../fixtures/driven-engine.ts'
import { message } from '../fixtures/fake-group.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('ownership')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

test('a partition that is lost takes its jobs out of the window, whatever they were at', async () => {
  const looking = defer()
  const { group, engine, running, start } = driveEngine(3, {
    settled: async (claims) => {
      if (claims.some(({ partition }) => partition === 1)) await looking.promise
      return new Set()
    },
  })
  for (let i = 0; i < 3; i++) group.append(0, 'k')
  await start([0, 1])
  // One of partition 0 waits for its next attempt, two are behind it; those of partition 1 are being looked up.
  running()[0]?.end.resolve({ againAfterMs: 1_000 })
  await settle()
  for (let i = 0; i < 3; i++) group.append(1)
  await group.fetch()
  await settle()
  assert.is(engine.claimed, 5, 'a key holds a quarter of eight at most')
  group.join([])
  assert.is(engine.claimed, 0)
  assert.is(engine.claimedBytes, 0)
  looking.resolve()
  await settle()
  await pass(5_000)
  assert.is(engine.running.size, 0)
  assert.ok(group.commits.every(([, offset]) => offset === 0))
})

test('room that a lost partition leaves is taken by what lies here of another', async () => {
  const { group, running, recorded, drain, start } = driveEngine(2, {
    limits: { jobs: 2, bytes: 1e9 },
  })
  for (let i = 0; i < 2; i++) group.append(0)
  await start([0, 1])
  for (const { end } of running()) end.resolve({ againAfterMs: 1_000 })
  await settle()
  // Large enough that its fetching pauses: no batch will come and wake the engine.
  for (let i = 0; i < 4; i++) group.append(1, null, PAUSE_ABOVE)
  await group.fetch()
  await settle()
  assert.is(running().length, 0)
  assert.ok(group.paused.has(1))
  group.join([1])
  await settle()
  assert.is(running().length, 2, 'jobs of the partition that stayed run now')
  await drain()
  assert.is(recorded.length, 4)
})

test('a partition that is found again begins at what the group has committed meanwhile', async () => {
  const { group, ownership, running, runs, drain, start, join } = driveEngine(1)
  for (let i = 0; i < 20; i++) group.append(0)
  await start([0])
  await join([])
  for (const { end } of running()) end.resolve({ result: 'ok' })
  await settle()
  const other = ownership.of('other')
  const [row] = await other.acquire([0], { leaseMs: 10_000, takeOver: false })
  group.stored.set(0, 15)
  const before = runs.length
  await join([0])
  await pass(200)
  assert.is(runs.length, before, 'not before the other gives it back')
  if (row) await other.release(new Map([[0, row[1].token]]))
  await drain()
  assert.equal(
    runs.slice(before).map(({ claim }) => place(claim)),
    [15, 16, 17, 18, 19].map((it) => `0/${it}`),
  )
  assert.is(group.stored.get(0), 20)
})

test('a partition that stays is neither run twice nor passed over by a join', async () => {
  const { group, recorded, drain, start } = driveEngine(2)
  for (let i = 0; i < 40; i++) group.append(i % 2)
  await start([0, 1])
  for (let i = 0; i < 5; i++) {
    const answer = group.request()
    group.join([0, 1])
    await answer()
    await settle()
  }
  await drain()
  assert.is(recorded.length, 40)
  assert.is(new Set(recorded).size, 40)
})

test('reads committed offsets again until they can be read, and a join meanwhile has its own say', async () => {
  const { group, engine, drain, recorded, start } = driveEngine(2)
  for (let i = 0; i < 6; i++) group.append(i % 2)
  const first = defer()
  group.onFetchOffsets = () => first.promise
  await start([0, 1])
  assert.is(engine.partitions, 0)
  assert.equal([...group.paused], [0, 1], 'nothing is fetched before')
  group.onFetchOffsets = async () => {}
  group.join([1])
  first.resolve()
  await settle()
  assert.is(engine.partitions, 1)
  group.join([0, 1])
  await settle()
  await drain()
  assert.is(recorded.length, 6)
  assert.is(group.paused.size, 0)
})

test('a batch of another time, from beyond the position, is refused and asked for again', async () => {
  const { group, recorded, drain, start } = driveEngine(1)
  for (let i = 0; i < 30; i++) group.append(0)
  group.batchRecords = 3
  await start([0])
  await group.deliver(group.batch(0, 20, [message(20), message(21)]))
  await settle()
  await drain()
  assert.equal(
    [...recorded].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))),
    Array.from({ length: 30 }, (_, i) => `0/${i}`),
  )
})

test('where records are gone from the log the partition goes on where the log begins', async () => {
  const { group, recorded, drain, start } = driveEngine(1)
  for (let i = 0; i < 30; i++) group.append(0)
  group.batchRecords = 3
  await start([0])
  group.trim(0, 20)
  await drain()
  const offsets = recorded.map((it) => Number(it.slice(2)))
  for (let i = 20; i < 30; i++) assert.ok(offsets.includes(i))
  assert.is(group.stored.get(0), 30)
})

test('where a result of the old log comes late, nothing of the new log is passed for it', async () => {
  const recording = defer()
  const { group, engine, start, end, fetch } = driveEngine(1, { beforeRecord: () => recording.promise })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  await end('0/0')
  assert.is(engine.unrecorded, 1)
  // The topic was made anew: other jobs have the offsets now.
  group.log[0]?.splice(0)
  group.append(0)
  group.append(0)
  await group.deliver(group.batch(0, 0, group.log[0] ?? []))
  await settle()
  await fetch()
  recording.resolve()
  await pass(500)
  assert.is(group.stored.get(0), 0, 'the new job at offset 0 has not ended')
  assert.is(group.metadata.get(0), '')
})

test.run()
