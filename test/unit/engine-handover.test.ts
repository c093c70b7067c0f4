/** Two workers and one partition between them: who may do what, and when. */
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim, Known } from '../../consumer/engine/claim.ts'
import { driveTwo, elapse } from '../fixtures/driven-two.ts'
import type { HookOptions } from '../fixtures/engine-hooks.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('handover')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

test('the next owner starts nothing before what ran has ended, is recorded and committed', async () => {
  const recording = defer()
  const committing = defer()
  const { group, first, second, move } = await driveTwo(['k', 'k', null], {
    beforeRecord: () => recording.promise,
  })
  await move()
  await elapse(second, 500)
  assert.equal(first.runningAt(), ['0/0', '0/2'], 'what runs goes on')
  assert.equal(second.runningAt(), [])
  await first.end('0/0')
  await first.end('0/2')
  assert.equal(first.runningAt(), [], 'what waited behind it is left to the next owner')
  await elapse(second, 500)
  assert.equal(second.runningAt(), [], 'the results are not recorded yet')
  group.onCommit = () => committing.promise
  recording.resolve()
  await elapse(second, 500)
  assert.equal(second.runningAt(), [], 'nor committed')
  committing.resolve()
  await elapse(second, 100)
  assert.equal(second.runningAt(), ['0/1'])
  await second.drain()
  assert.equal([...first.recorded, ...second.recorded].sort(), ['0/0', '0/1', '0/2'])
  assert.is(group.stored.get(0), 3)
})

test('what does not end within the drain is aborted, and its late result is nobody’s', async () => {
  const { first, second, move } = await driveTwo(['k', 'k'])
  await move()
  const [run] = first.running()
  assert.ok(run)
  await elapse(second, 1_975)
  assert.not.ok(run.claim.abort.signal.aborted)
  assert.equal(second.runningAt(), [])
  await elapse(second, 100)
  await elapse(second, 100)
  assert.ok(run.claim.abort.signal.aborted)
  assert.equal(second.runningAt(), ['0/0'])
  run.end.resolve({ result: 'late' })
  await settle()
  await second.drain()
  assert.equal(first.recorded, [])
  assert.equal(second.recorded, ['0/0', '0/1'])
})

test('jobs of a partition that stays run on through a join, and others of it start meanwhile', async () => {
  const { group, first, move } = await driveTwo([null])
  for (let i = 0; i < 6; i++) group.append(1)
  await first.fetch()
  assert.equal(first.runningAt(), ['0/0', '1/0', '1/1'])
  await move()
  await first.end('1/0')
  assert.equal(first.runningAt(), ['0/0', '1/1', '1/2'], 'at once, though another partition is leaving')
  assert.ok(first.running().every(({ claim }) => !claim.abort.signal.aborted))
  await first.end('1/1')
  await first.end('1/2')
  assert.equal(first.runningAt(), ['0/0', '1/3', '1/4'])
  await first.drain()
  assert.equal(first.recorded.length, 7)
  assert.is(new Set(first.recorded).size, 7)
})

/** Attempts that are handed over from engine to engine. */
const notes = () => {
  const noted = new Map<number, Known>()
  const options: HookOptions = {
    handOver: async (claims) => {
      for (const { offset, attempt } of claims)
        if (attempt > 0) noted.set(offset, { attempts: attempt, alone: false })
    },
    lookUp: async (claims) =>
      new Map(
        claims.flatMap((it): [Claim<string>, Known][] => {
          const known = noted.get(it.offset)
          return known === undefined ? [] : [[it, known]]
        }),
      ),
  }
  return options
}

test('what waits for its next attempt is handed over with its attempts', async () => {
  const hooks = notes()
  const { first, second, move } = await driveTwo(['k', null, null], hooks, hooks)
  await first.end('0/0', { againAfterMs: 1_000 })
  await move()
  // Between two attempts, too: nobody waits for the next one.
  await first.end('0/1', { againAfterMs: 2_000 })
  await first.end('0/2')
  await elapse(second, 100)
  assert.equal(
    second.running().map(({ claim }) => `${claim.offset} ${claim.attempt}`),
    ['0 2', '1 2'],
  )
  await pass(2_000)
  assert.equal(first.runningAt(), [])
})

test('an attempt that the drain cut off is none, those before it are', async () => {
  const hooks = notes()
  const { first, second, move } = await driveTwo([null, null], hooks, hooks)
  await first.end('0/1', { againAfterMs: 100 })
  await pass(100)
  await move()
  await elapse(second, 2_100)
  await elapse(second, 100)
  assert.equal(
    second.running().map(({ claim }) => `${claim.offset} ${claim.attempt}`),
    ['0 1', '1 2'],
  )
})

test('attempts that can’t be handed over hold the partition until they can', async () => {
  const hooks = notes()
  let fails = true
  const first: HookOptions = {
    ...hooks,
    handOver: async (claims) => {
      if (fails) throw new Error('no database')
      await hooks.handOver?.(claims)
    },
  }
  const it = await driveTwo([null], first, hooks)
  await it.first.end('0/0', { againAfterMs: 2_000 })
  await it.move()
  await elapse(it.second, 1_000)
  assert.equal(it.second.runningAt(), [])
  fails = false
  await elapse(it.second, 2_500)
  await elapse(it.second, 100)
  assert.equal(
    it.second.running().map(({ claim }) => claim.attempt),
    [2],
  )
})

test('a release that fails is repeated, and one whose answer was lost does no harm', async () => {
  for (const when of ['onCall', 'onAnswer'] as const) {
    const { group, first, second, move } = await driveTwo([null, null])
    let failures = 0
    first.ownership[when] = async (what) => {
      if (what === 'release' && failures++ < 2) throw new Error('no database')
    }
    for (const at of ['0/0', '0/1']) await first.end(at)
    await move()
    for (let i = 0; i < 5; i++) await elapse(second, 300)
    assert.ok(failures >= 2)
    assert.is(first.ownership.rows.get(0)?.owner, 'second')
    assert.is(first.engine.partitions, 1)
    group.append(0)
    await second.fetch()
    assert.equal(second.runningAt(), ['0/2'])
    // While the first asks again and again, the second has gone on: no commit of the first comes over it.
    await second.end('0/2')
    await pass(300)
    group.commits.length = 0
    await first.join([1])
    await pass(500)
    assert.equal(
      group.commits.filter(([partition, offset]) => partition === 0 && offset < 3),
      [],
    )
  }
})

test('from its release on the former owner commits nothing and misses nothing, though it has no answer yet', async () => {
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) })
  const { group, first, second, move } = await driveTwo([null, null], { log })
  const answer = defer()
  first.ownership.onAnswer = (what) => (what === 'release' ? answer.promise : Promise.resolve())
  for (const at of ['0/0', '0/1']) await first.end(at)
  await move()
  await elapse(second, 200)
  group.append(0)
  await second.fetch()
  await second.end('0/2')
  await pass(300)
  assert.is(group.stored.get(0), 3)
  group.commits.length = 0
  await first.join([1])
  await pass(1_500)
  assert.equal(
    group.commits.filter(([partition, offset]) => partition === 0 && offset < 3),
    [],
  )
  answer.resolve()
  await pass(200)
  assert.equal(warnings, [])
})

test('a partition that comes back while it leaves goes on where it was, and nothing of it runs twice', async () => {
  const { group, first } = await driveTwo(['k', 'k', null])
  await first.join([1])
  assert.equal(first.runningAt(), ['0/0', '0/2'])
  await first.join([0, 1])
  await pass(300)
  await first.end('0/0')
  assert.equal(first.runningAt(), ['0/2'], 'it still leaves')
  await first.end('0/2')
  await pass(100)
  await first.fetch()
  assert.equal(first.runningAt(), ['0/1'])
  await first.drain()
  assert.equal(first.recorded.toSorted(), ['0/0', '0/1', '0/2'])
  assert.is(group.stored.get(0), 3)
  assert.is(group.paused.size, 0)
})

test('a partition that comes and goes while its row is another’s is not taken', async () => {
  const { second, rows } = await driveTwo(['k', 'k'])
  await second.join([0])
  await pass(100)
  await second.join([])
  await pass(1_000)
  assert.is(rows.get(0)?.owner, 'first')
  assert.is(second.engine.waitingMs, 0)
})

test('how long a partition has been waited for is told', async () => {
  const { first, second, move } = await driveTwo([null])
  await move()
  await pass(1_500)
  assert.is(second.engine.waitingMs, 1_500)
  await first.end('0/0')
  await pass(100)
  assert.is(second.engine.waitingMs, 0)
})

test.run()
