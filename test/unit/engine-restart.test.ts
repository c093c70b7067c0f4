/** A consumer that kafkajs gave up and begins anew, as after an outage of its broker. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PAUSE_ABOVE } from '../../consumer/engine/prefetch.ts'
import { driveEngine } from '../fixtures/driven-engine.ts'
import { settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Engine after a crash of its consumer')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

test('a consumer that begins anew neither ends the process nor fetches without bound', async () => {
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => {
    failures.push(error)
  }
  process.on('unhandledRejection', onFailure)
  try {
    const { group, recorded, running, drain, start } = driveEngine(1, {
      limits: { jobs: 2, bytes: 1e9 },
    })
    for (let i = 0; i < 30; i++) group.append(0, null, PAUSE_ABOVE / 4)
    await start([0])
    assert.ok(group.paused.has(0))
    group.crashed = true
    // Jobs go on ending while kafkajs has no consumer group that could be paused or resumed.
    for (let i = 0; i < 12; i++) {
      for (const { end } of running()) end.resolve({ result: 'ok' })
      await settle()
    }
    assert.equal(failures, [])
    group.restart([0])
    await settle()
    await drain()
    assert.is(new Set(recorded).size, 30)
    assert.is(group.stored.get(0), 30)
  } finally {
    process.off('unhandledRejection', onFailure)
  }
})

test('after a consumer that began anew a partition full of records is paused again', async () => {
  const { group, start } = driveEngine(1, { limits: { jobs: 2, bytes: 1e9 } })
  for (let i = 0; i < 400; i++) group.append(0, null, PAUSE_ABOVE / 4)
  await start([0])
  assert.ok(group.paused.has(0))
  group.crashed = true
  group.restart([0])
  for (let i = 0; i < 20; i++) {
    await group.fetch()
    await settle()
  }
  assert.ok(group.batches < 5, `${group.batches} batches of 1.3 MB came into memory`)
})

test('a member that the group does not answer for 40 s is replaced by another, which goes on with the partition', async () => {
  const { group, recorded, drain, start } = driveEngine(1)
  for (let i = 0; i < 20; i++) group.append(0)
  await start([0])
  await pass(30_000)
  group.heartbeat()
  await pass(39_000)
  assert.is(group.consumers, 1)
  await pass(2_000)
  assert.is(group.consumers, 2)
  // It has its time, too.
  await pass(30_000)
  assert.is(group.consumers, 2)
  group.restart([0])
  await settle()
  await drain()
  assert.is(new Set(recorded).size, 20)
  assert.is(group.stored.get(0), 20)
})

test('offsets that kafkajs took and never stored are committed again after a join', async () => {
  const { group, running, drain, start } = driveEngine(1)
  group.append(0)
  await start([0])
  for (const { end } of running()) end.resolve({ result: 'ok' })
  await settle()
  await pass(500)
  assert.is(group.stored.get(0), 1)
  // As `runner.js` does while it is not running: the promise resolves, nothing is sent.
  group.stored.set(0, 0)
  group.restart([0])
  await drain()
  assert.is(group.stored.get(0), 1)
})

test('a member that the group had given up begins at what others committed meanwhile', async () => {
  const { group, ownership, runs, drain, start } = driveEngine(1)
  for (let i = 0; i < 20; i++) group.append(0)
  await start([0])
  // Its session ended, another had the partition, and it joins again as a new member.
  await pass(250)
  ownership.expire(0)
  const other = ownership.of('other')
  const [row] = await other.acquire([0], { leaseMs: 10_000, takeOver: true })
  if (row) await other.release(new Map([[0, row[1].token]]))
  group.stored.set(0, 15)
  group.commits.length = 0
  const before = runs.length
  group.join([0], 'member 2')
  await settle()
  await drain()
  assert.ok(runs.slice(before).every(({ claim }) => claim.offset >= 15))
  assert.equal(
    group.commits.filter(([, offset]) => offset < 15),
    [],
    'no commit goes back',
  )
  assert.is(group.stored.get(0), 20)
})

test.run()
