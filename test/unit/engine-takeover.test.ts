/** An owner whose session has ended, or seemed to: what it may still do, and what it may not. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { driveEngine } from '../fixtures/driven-engine.ts'
import { driveTwo, elapse } from '../fixtures/driven-two.ts'
import { defer } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('takeover')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

test('who is taken over has its results refused, its claims aborted and its commits kept back', async () => {
  const { group, first, second } = await driveTwo([null, null, null, null])
  await first.end('0/0')
  await pass(300)
  assert.is(group.stored.get(0), 1)
  const held = first.running()
  // Its session ended: the group gives all to the other, and it does not know.
  first.ownership.expire(0)
  await second.join([0])
  first.ownership.onCall = async (_what, owner) => {
    if (owner === 'first') throw new Error('it is cut off')
  }
  await pass(525)
  await second.fetch()
  assert.equal(second.runningAt(), ['0/1', '0/2', '0/3'])
  await second.end('0/1')
  await second.end('0/2')
  await pass(300)
  assert.is(group.stored.get(0), 3)
  // It hears of it by its own record only.
  await first.end('0/1')
  assert.equal(first.recorded, ['0/0'])
  assert.equal(first.runningAt(), [])
  assert.ok(held.every(({ claim }) => claim.abort.signal.aborted))
  assert.is(first.engine.claimed, 0)
  group.commits.length = 0
  await first.join([1])
  await pass(6_000)
  const commits = group.commits.filter(([partition]) => partition === 0)
  assert.ok(commits.length > 0 && commits.every(([, offset]) => offset === 3))
  for (const { end } of held) end.resolve({ result: 'late' })
  await second.drain()
  assert.equal(first.recorded, ['0/0'])
  assert.equal(second.recorded.sort(), ['0/1', '0/2', '0/3'])
  assert.is(group.stored.get(0), 4)
})

test('who is taken over hears of it by its next renewal, though nothing of it ends', async () => {
  const { first, second } = await driveTwo([null, null])
  const held = first.running()
  first.ownership.expire(0)
  await second.ownership.of('second').acquire([0], { leaseMs: 60_000, takeOver: true })
  await pass(1_100)
  assert.ok(held.every(({ claim }) => claim.state === 'lost' && claim.abort.signal.aborted))
  assert.is(first.engine.partitions, 1)
})

test('a commit that a former owner sent late does not stay', async () => {
  const { group, first, second, move } = await driveTwo([null, null, null])
  await move()
  for (const at of ['0/0', '0/1', '0/2']) await first.end(at)
  await elapse(second, 100)
  await pass(300)
  assert.is(group.stored.get(0), 3)
  group.stored.set(0, 1)
  for (let i = 0; i < 6; i++) await elapse(second, 1_000)
  assert.is(group.stored.get(0), 3)
})

test('an owner whose session seemed over while all were in a long join keeps its row to drain it', async () => {
  const { first, second, rows } = await driveTwo(['k', 'k'])
  first.ownership.expire(0)
  await second.join([0])
  await pass(200)
  await first.join([1])
  for (let i = 0; i < 5; i++) await elapse(second, 300)
  assert.is(rows.get(0)?.owner, 'first')
  assert.equal(second.runningAt(), [])
  await first.end('0/0')
  await elapse(second, 100)
  assert.equal(second.runningAt(), ['0/1'])
  assert.equal(first.recorded, ['0/0'])
})

test('who can’t renew its rows starts and commits nothing once they may be another’s, and goes on where it was', async () => {
  const { group, ownership, runs, recorded, end, start, drain } = driveEngine(1)
  for (let i = 0; i < 8; i++) group.append(0)
  await start([0])
  ownership.onCall = () => Promise.reject(new Error('no database'))
  for (let i = 0; i < 20; i++) {
    await pass(1_000)
    group.heartbeat()
  }
  const before = runs.length
  group.commits.length = 0
  await end('0/0')
  await pass(1_000)
  assert.equal(recorded, ['0/0'], 'the row may still be ours: the store decides')
  assert.is(runs.length, before)
  assert.equal(group.commits, [])
  ownership.onCall = async () => {}
  await drain()
  assert.is(runs.length, 8)
  assert.is(group.stored.get(0), 8)
})

test('a late refusal of what ran under an old token leaves the row of now alone', async () => {
  const recording = defer()
  const { group, ownership, engine, end, runs, start, fetch, drain } = driveEngine(1, {
    beforeRecord: () => recording.promise,
  })
  for (let i = 0; i < 2; i++) group.append(0)
  await start([0])
  await end('0/0')
  // Another had it for a moment, and it is ours again, under another token.
  ownership.expire(0)
  const other = ownership.of('other')
  const row = (await other.acquire([0], { leaseMs: 60_000, takeOver: true })).get(0)
  await pass(1_100)
  assert.is(engine.partitions, 0)
  await other.release(new Map([[0, row?.token ?? 0]]))
  await pass(100)
  await fetch()
  const again = runs.slice(2)
  assert.ok(again.length > 0)
  recording.resolve()
  await pass(100)
  assert.is(engine.partitions, 1)
  assert.ok(again.every(({ claim }) => claim.state === 'running'))
  await drain()
  assert.is(group.stored.get(0), 2)
})

test.run()
