/** What an engine claims, runs, records and commits. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { driveEngine } from '../fixtures/driven-engine.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Engine')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

test('runs each record once and commits the end of every partition', async () => {
  const { group, engine, recorded, drain, start } = driveEngine(2)
  for (let i = 0; i < 25; i++) group.append(i % 2, i % 3 === 0 ? 'k' : null)
  await start([0, 1])
  await drain()
  assert.is(new Set(recorded).size, 25)
  assert.is(recorded.length, 25)
  assert.is(group.stored.get(0), 13)
  assert.is(group.stored.get(1), 12)
  assert.is(engine.claimed, 0)
})

test('commits nothing beyond the beginning while results can’t be recorded', async () => {
  const gate = defer()
  const { group, running, drain, start } = driveEngine(1, { beforeRecord: () => gate.promise })
  for (let i = 0; i < 6; i++) group.append(0)
  await start([0])
  for (let i = 0; i < 4; i++) {
    for (const { end } of running()) end.resolve({ result: 'ok' })
    await settle()
    await pass(500)
  }
  assert.ok(group.commits.length > 0)
  assert.ok(group.commits.every(([, offset]) => offset === 0))
  assert.is(group.metadata.get(0), '')
  gate.resolve()
  await drain()
  assert.is(group.stored.get(0), 6)
})

test('what holds no jobs (markers, aborted records) is passed and committed once all before it has ended', async () => {
  const { group, runningAt, end, start } = driveEngine(1)
  for (let i = 0; i < 2; i++) group.append(0)
  await start([0])
  await group.deliver({ ...group.batch(0, 2, []), highWatermark: '10', lastOffset: () => '9' })
  await end('0/1')
  await pass(300)
  assert.equal(runningAt(), ['0/0'])
  assert.is(group.stored.get(0), 0)
  await end('0/0')
  await pass(300)
  assert.is(group.stored.get(0), 10)
})

test('starts no more jobs once some thousand results wait to be recorded', async () => {
  const gate = defer()
  const { group, engine, drain, start } = driveEngine(1, {
    beforeRecord: () => gate.promise,
    run: async () => ({ result: 'ok' }),
    limits: { jobs: 200, bytes: 1e6 },
  })
  for (let i = 0; i < 1_500; i++) group.append(0)
  group.batchRecords = 1_500
  await start([0])
  for (let i = 0; i < 20; i++) await settle()
  assert.ok(engine.unrecorded >= 1_000 && engine.unrecorded < 1_003, 'those that ran by then end')
  gate.resolve()
  await drain()
  assert.is(group.stored.get(0), 1_500)
})

test('a job whose turn comes only when results can be recorded again, and that ends at once, is recorded too', async () => {
  const gate = defer()
  const written: number[] = []
  const { group, engine, drain, start } = driveEngine(1, {
    record: async (finished) => {
      await gate.promise
      written.push(finished.length)
    },
    run: async () => ({ result: 'ok' }),
    limits: { jobs: 200, bytes: 1e6 },
  })
  for (let i = 0; i < 1_001; i++) group.append(0)
  group.batchRecords = 1_001
  await start([0])
  for (let i = 0; i < 20; i++) await settle()
  gate.resolve()
  await drain()
  assert.is(engine.unrecorded, 0)
  assert.is(group.stored.get(0), 1_001)
})

test('a job waiting for its next attempt holds its key and its place, but no slot', async () => {
  const { group, engine, running, start } = driveEngine(1, {
    concurrency: 1,
    limits: { jobs: 8, bytes: 1e6 },
  })
  group.append(0, 'k')
  group.append(0, 'k')
  group.append(0)
  await start([0])
  const [first] = running()
  assert.is(first?.claim.offset, 0)
  first?.end.resolve({ againAfterMs: 1_000 })
  await settle()
  assert.equal(
    running().map(({ claim }) => claim.offset),
    [2],
  )
  assert.is(engine.claimed, 3)
  running()[0]?.end.resolve({ result: 'ok' })
  await settle()
  assert.is(running().length, 0)
  await pass(1_000)
  assert.equal(
    running().map(({ claim }) => `${claim.offset} ${claim.attempt}`),
    ['0 2'],
  )
})

test('leaving lets what runs end, records and commits it, and leaves the rest in the log', async () => {
  const { group, engine, running, recorded, start } = driveEngine(1)
  for (let i = 0; i < 10; i++) group.append(0)
  await start([0])
  assert.is(running().length, 3)
  const stopped = engine.stop(10_000)
  await settle()
  for (const { end } of running()) end.resolve({ result: 'ok' })
  await stopped
  assert.equal(recorded, ['0/0', '0/1', '0/2'])
  assert.is(group.stored.get(0), 3)
  assert.is(engine.running.size, 0)
})

test('a job that does not end within the limit of a leave is aborted and not recorded', async () => {
  const { group, engine, running, recorded, start } = driveEngine(1)
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  const [first, second] = running()
  const stopped = engine.stop(1_000)
  first?.end.resolve({ result: 'ok' })
  await settle()
  await pass(1_000)
  await stopped
  assert.ok(second?.claim.abort.signal.aborted)
  assert.not.ok(first?.claim.abort.signal.aborted)
  second?.end.resolve({ result: 'late' })
  await settle()
  assert.equal(recorded, ['0/0'])
  assert.is(group.stored.get(0), 1)
})

test('leaving while partitions are being loaded ends, and nothing starts', async () => {
  const { group, engine, runs, start } = driveEngine(1)
  group.append(0)
  group.onFetchOffsets = () => Promise.reject(new Error('no coordinator'))
  await start([0])
  await engine.stop(1_000)
  assert.equal(runs, [])
})

test.run()
