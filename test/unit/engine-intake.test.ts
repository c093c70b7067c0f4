/** From prefetched records to claims in their lanes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim, Known } from '../../consumer/engine/claim.ts'
import { driveEngine, place } from '../fixtures/driven-engine.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('intake')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

type Job = Claim<string>
const known = (claims: readonly Job[], of: (claim: Job) => Known | undefined): Map<Job, Known> =>
  new Map(
    claims.flatMap((it) => {
      const what = of(it)
      return what === undefined ? [] : [[it, what] as const]
    }),
  )

test('what has its outcome is committed without a run', async () => {
  const { group, recorded, runs, start, drain } = driveEngine(1, {
    settled: async (claims) => new Set(claims.filter(({ offset }) => offset % 2 === 0)),
  })
  for (let i = 0; i < 20; i++) group.append(0, i % 3 === 0 ? 'k' : null)
  await start([0])
  await drain()
  assert.is(recorded.length, 10)
  assert.ok(runs.every(({ claim }) => claim.offset % 2 === 1))
  assert.is(group.stored.get(0), 20)
})

test('attempts that were made elsewhere count, and one that may run alone only does', async () => {
  const { group, runs, running, runningAt, end, start } = driveEngine(1, {
    lookUp: async (claims) =>
      known(claims, ({ offset }) => {
        if (offset === 1) return { attempts: 2, alone: true }
        return offset === 2 ? { attempts: 4, alone: false } : undefined
      }),
  })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  assert.equal(runningAt(), ['0/0'], 'it waits until the others have ended')
  await end('0/0')
  assert.equal(runningAt(), ['0/1'])
  await end('0/1')
  assert.equal(runningAt(), ['0/2'])
  assert.equal(
    runs.map(({ claim }) => claim.attempt),
    [1, 3, 5],
  )
  assert.is(running().length, 1)
})

test('a record that is in the log twice runs once, whatever lies between, and ends with the first', async () => {
  const ids = ['a', 'b', 'a', 'a', 'c', 'b']
  const { group, engine, runs, running, start, drain } = driveEngine(1, {
    idOf: (offset) => ids[Number(offset)],
    limits: { jobs: 16, bytes: 1e6 },
  })
  for (const _ of ids) group.append(0, 'k')
  await start([0])
  running()[0]?.end.resolve({ againAfterMs: 1_000 })
  await settle()
  assert.is(engine.claimed, 4, 'what is claimed counts: a key has a quarter of 16')
  await drain()
  assert.equal(
    runs.map(({ claim }) => place(claim)),
    ['0/0', '0/0', '0/1', '0/4'],
  )
  assert.is(group.stored.get(0), 6)
  assert.is(engine.claimed, 0)
})

test('a copy that is claimed while the first is being looked up is settled with it', async () => {
  const looking = defer()
  const { group, engine, runs, start, drain } = driveEngine(1, {
    idOf: () => 'a',
    settled: async (claims) => {
      await looking.promise
      return new Set(claims)
    },
  })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  looking.resolve()
  await drain()
  assert.is(runs.length, 0)
  assert.is(group.stored.get(0), 3)
  assert.is(engine.claimed, 0)
})

test('a look-up that fails is repeated, and nothing runs before it is answered', async () => {
  let fails = true
  const { group, runs, recorded, start, drain } = driveEngine(1, {
    settled: async () => {
      if (fails) throw new Error('no database')
      return new Set()
    },
  })
  for (let i = 0; i < 3; i++) group.append(0)
  await start([0])
  await pass(3_000)
  assert.is(runs.length, 0)
  fails = false
  await drain()
  assert.is(recorded.length, 3)
})

test('one group is looked up at a time, and what came meanwhile is one group', async () => {
  const gates = [defer(), defer()]
  const groups: number[] = []
  const { group, start, fetch } = driveEngine(1, {
    limits: { jobs: 40, bytes: 1e6 },
    settled: async (claims) => {
      const gate = gates[groups.push(claims.length) - 1]
      await gate?.promise
      return new Set()
    },
  })
  group.append(0)
  await start([0])
  for (let i = 0; i < 8; i++) {
    group.append(0)
    await fetch()
  }
  assert.equal(groups, [1])
  gates[0]?.resolve()
  await settle()
  assert.equal(groups, [1, 8])
})

test('records that a former owner has finished are not even claimed', async () => {
  const looked: string[] = []
  const options = {
    settled: async (claims: readonly Job[]) => {
      looked.push(...claims.map(place))
      return new Set<Job>()
    },
  }
  const first = driveEngine(1, options)
  for (let i = 0; i < 8; i++) first.group.append(0)
  await first.start([0])
  await first.end('0/1')
  await first.end('0/2')
  await pass(300)
  assert.is(first.group.stored.get(0), 0)
  const stopped = first.engine.stop(0)
  await pass(100)
  await stopped
  looked.length = 0
  const second = driveEngine(1, options, { ...first, name: 'second' })
  await second.start([0])
  await second.drain()
  assert.equal(
    looked,
    [0, 3, 4, 5, 6, 7].map((it) => `0/${it}`),
  )
  assert.is(second.group.stored.get(0), 8)
})

test('after an owner that ended without a word, as many jobs as it may have been running are told suspect', async () => {
  const { group, ownership, runs, start, drain } = driveEngine(1, {
    limits: { jobs: 4, bytes: 1e6 },
    // Its last commit is old: what lies behind it has its outcome.
    settled: async (claims) => new Set(claims.filter(({ offset }) => offset < 10)),
  })
  for (let i = 0; i < 20; i++) group.append(0)
  await ownership.of('other').acquire([0], { leaseMs: 0, takeOver: false })
  await start([0])
  await pass(1_000)
  await group.fetch()
  await drain()
  assert.equal(
    runs.filter(({ claim }) => claim.suspect).map(({ claim }) => claim.offset),
    [10, 11, 12, 13],
  )
})

test('after an owner that released its row nothing is suspect', async () => {
  const { group, ownership, runs, start, drain } = driveEngine(1)
  for (let i = 0; i < 5; i++) group.append(0)
  const other = ownership.of('other')
  const row = (await other.acquire([0], { leaseMs: 10_000, takeOver: false })).get(0)
  if (row) await other.release(new Map([[0, row.token]]))
  await start([0])
  await drain()
  assert.is(runs.length, 5)
  assert.ok(runs.every(({ claim }) => !claim.suspect))
})

test.run()
