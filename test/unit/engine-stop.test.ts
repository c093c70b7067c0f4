/** A worker that leaves: what it lets go, and how long that may take. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { driveEngine } from '../fixtures/driven-engine.ts'
import { FakeGroup } from '../fixtures/fake-group.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Engine.stop')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

/** How many milliseconds of virtual time it takes; fails after `limitMs`. */
const timeOf = async (what: Promise<void>, limitMs: number): Promise<number> => {
  let ended = false
  const since = performance.now()
  void what.then(() => {
    ended = true
  })
  await settle()
  while (!ended && performance.now() - since < limitMs) await pass(25)
  assert.ok(ended, `it has not ended within ${limitMs} ms`)
  return performance.now() - since
}

test('gives every partition back, so that the next owner waits for nothing', async () => {
  const { group, engine, ownership, recorded, running, start } = driveEngine(3, {
    limits: { jobs: 8, bytes: 1e6 },
    concurrency: 8,
  })
  for (let i = 0; i < 6; i++) group.append(i % 3)
  await start([0, 1, 2])
  const stopped = engine.stop(10_000)
  for (const { end } of running()) end.resolve({ result: 'ok' })
  assert.ok((await timeOf(stopped, 10_000)) < 500)
  assert.is(recorded.length, 6)
  for (const it of [0, 1, 2]) {
    assert.is(ownership.rows.get(it)?.owner, undefined)
    assert.is(group.stored.get(it), 2)
    group.append(it)
  }
  const next = driveEngine(3, {}, { group: new FakeGroup(3, group), ownership, name: 'next' })
  await next.start([0, 1, 2])
  assert.ok(next.runs.length > 0)
  assert.ok(next.runs.every(({ claim }) => !claim.suspect))
})

test('starts nothing more, whatever is fetched, joined or becomes free', async () => {
  const { group, engine, runs, running, start } = driveEngine(2)
  for (let i = 0; i < 8; i++) group.append(i % 2)
  await start([0])
  const before = runs.length
  const stopped = engine.stop(1_000)
  group.join([0, 1])
  await group.fetch()
  for (const { end } of running()) end.resolve({ result: 'ok' })
  await timeOf(stopped, 5_000)
  await pass(3_000)
  assert.is(runs.length, before)
})

test('what runs has the limit to end, not more, and the rows are free then', async () => {
  const { group, engine, ownership, running, start } = driveEngine(1)
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  const ms = await timeOf(engine.stop(3_000), 10_000)
  assert.ok(ms >= 3_000 && ms < 3_300, `${ms} ms`)
  assert.is(running().length, 0)
  assert.is(ownership.rows.get(0)?.owner, undefined)
})

test('with no time at all it still gives back what it has', async () => {
  const { group, engine, ownership, runs, start } = driveEngine(1)
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  assert.ok((await timeOf(engine.stop(0), 1_000)) < 200)
  assert.ok(runs.every(({ claim }) => claim.abort.signal.aborted))
  assert.is(ownership.rows.get(0)?.owner, undefined)
})

test('while the database is away it ends all the same, a little after its limit', async () => {
  const { group, engine, ownership, recorded, running, start } = driveEngine(1, {
    beforeRecord: () => Promise.reject(new Error('no database')),
  })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  ownership.onCall = () => Promise.reject(new Error('no database'))
  const stopped = engine.stop(2_000)
  for (const { end } of running()) end.resolve({ result: 'ok' })
  const ms = await timeOf(stopped, 20_000)
  assert.ok(ms <= 7_100, `${ms} ms`)
  assert.equal(recorded, [])
  assert.is(group.stored.get(0) ?? 0, 0)
})

test('while the database gives no answer at all it ends all the same', async () => {
  const { group, engine, ownership, running, start } = driveEngine(1, {
    beforeRecord: () => new Promise(() => {}),
  })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  ownership.onCall = () => new Promise(() => {})
  const stopped = engine.stop(2_000)
  for (const { end } of running()) end.resolve({ result: 'ok' })
  const ms = await timeOf(stopped, 20_000)
  assert.ok(ms <= 7_100, `${ms} ms`)
})

test('what can be released while another partition can’t be recorded is', async () => {
  const { group, engine, ownership, runningAt, end, start } = driveEngine(2)
  group.append(0)
  group.append(1)
  await start([0, 1])
  assert.equal(runningAt(), ['0/0', '1/0'])
  const stopped = engine.stop(4_000)
  await end('0/0')
  await pass(100)
  assert.is(ownership.rows.get(0)?.owner, undefined, 'it waits for no other partition')
  assert.is(ownership.rows.get(1)?.owner, 'engine')
  await end('1/0')
  await timeOf(stopped, 1_000)
})

test('a row that was asked for as it left is not kept', async () => {
  const { group, engine, ownership } = driveEngine(1)
  group.append(0)
  const answer = defer()
  ownership.onAnswer = (what) => (what === 'acquire' ? answer.promise : Promise.resolve())
  const started = engine.start()
  await settle()
  group.join([0])
  await started
  await pass(50)
  const stopped = engine.stop(1_000)
  await pass(50)
  answer.resolve()
  await timeOf(stopped, 10_000)
  await pass(1_000)
  assert.is(ownership.rows.get(0)?.owner, undefined)
})

test('a row that was asked for as it left is not kept, though the group gives it to us once more', async () => {
  const { group, engine, ownership } = driveEngine(1)
  const answer = defer()
  ownership.onAnswer = (what) => (what === 'acquire' ? answer.promise : Promise.resolve())
  const started = engine.start()
  await settle()
  group.join([0])
  await started
  const stopped = engine.stop(1_000)
  group.join([0])
  answer.resolve()
  await timeOf(stopped, 10_000)
  await pass(1_000)
  assert.is(ownership.rows.get(0)?.owner, undefined)
})

test('while Kafka answers no commit it ends all the same', async () => {
  const { group, engine, running, recorded, start } = driveEngine(1)
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  group.onCommit = () => new Promise(() => {})
  const stopped = engine.stop(2_000)
  for (const { end } of running()) end.resolve({ result: 'ok' })
  const ms = await timeOf(stopped, 20_000)
  assert.ok(ms <= 8_100, `${ms} ms`)
  assert.is(recorded.length, 3)
})

test.run()
