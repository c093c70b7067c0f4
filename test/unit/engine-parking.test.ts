/** Jobs that wait for longer leave the window, and come back in their order, whoever owns their partition then. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Driven, driveEngine, place } from '../fixtures/driven-engine.ts'
import type { HookOptions } from '../fixtures/engine-hooks.ts'
import { FakeGroup } from '../fixtures/fake-group.ts'
import { type MemoryParking, memoryParking } from '../fixtures/memory-parking.ts'
import { settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Parking')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

/** Looks up as workers do: what has its result, or is parked, does not run from the log. */
const lookingUp = (done: ReadonlySet<string>, parking: MemoryParking<string>): HookOptions => ({
  settled: async (claims) =>
    new Set(claims.filter((it) => done.has(place(it)) || it.parked !== parking.rows.has(it.id ?? place(it)))),
})

const driven = (jobs: readonly (string | null)[], options: HookOptions = {}): Driven => {
  const group = new FakeGroup(1)
  for (const key of jobs) group.append(0, key)
  return driveEngine(1, options, { group })
}

/** So much time in which the group answers. */
const elapse = async (engines: readonly Driven[], ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 200) {
    await pass(Math.min(200, left))
    for (const { group, fetch } of engines) {
      group.heartbeat()
      await fetch()
    }
  }
}

test('a long wait is the store’s: offset and window go on, and the job comes back when it is due', async () => {
  const it = driven([null, null])
  await it.start([0])
  await it.end('0/1')
  await it.end('0/0', { againAfterMs: 10_000 })
  await pass(400)
  assert.is(it.group.stored.get(0), 2)
  assert.is(it.engine.claimed, 0)
  assert.equal([...it.parking.rows.keys()], ['0/0'])
  await elapse([it], 9_400)
  assert.equal(it.runningAt(), [])
  await elapse([it], 400)
  assert.equal(
    it.running().map(({ claim }) => [place(claim), claim.attempt]),
    [['0/0', 2]],
  )
  await it.end('0/0')
  assert.is(it.parking.rows.size, 0)
})

test('a short wait stays here', async () => {
  const it = driven([null])
  await it.start([0])
  await it.end('0/0', { againAfterMs: 2_000 })
  await pass(400)
  assert.is(it.parking.rows.size, 0)
  assert.is(it.engine.claimed, 1)
})

test('what follows of its key waits behind it in the store, what comes later too; others go on', async () => {
  const it = driven(['a', 'a', 'b', 'a'])
  await it.start([0])
  await it.end('0/0', { againAfterMs: 5_000 })
  await it.end('0/2')
  it.group.append(0, 'a')
  await elapse([it], 1_000)
  assert.equal([...it.parking.rows.keys()].sort(), ['0/0', '0/1', '0/3', '0/4'])
  assert.is(it.group.stored.get(0), 5)
  await elapse([it], 4_200)
  const order: string[] = []
  for (let i = 0; i < 6; i++) {
    const [at] = it.runningAt()
    if (at === undefined) break
    assert.is(it.runningAt().length, 1, 'one of a key')
    order.push(at)
    await it.end(at)
    await elapse([it], 200)
  }
  assert.equal(order, ['0/0', '0/1', '0/3', '0/4'])
  // The key is free again.
  it.group.append(0, 'a')
  await elapse([it], 400)
  assert.equal(it.runningAt(), ['0/5'])
  assert.is(it.parking.rows.size, 0)
})

test('the next owner of the partition goes on with what is parked, in order, with its attempts', async () => {
  const group = new FakeGroup(1)
  for (const key of ['a', 'a', null]) group.append(0, key)
  const first = driveEngine(1, {}, { group, name: 'first' })
  const { parking, ownership } = first
  const second = driveEngine(1, lookingUp(new Set(), parking), {
    group: new FakeGroup(1, group),
    ownership,
    parking,
    name: 'second',
  })
  await first.start([0])
  await second.start([])
  await first.end('0/0', { againAfterMs: 5_000 })
  await first.end('0/2', { againAfterMs: 6_000 })
  await elapse([first, second], 400)
  await first.join([])
  await second.join([0])
  await elapse([first, second], 4_800)
  assert.equal(second.runningAt(), ['0/0'])
  group.append(0, 'a')
  await elapse([first, second], 1_000)
  assert.equal(
    second.running().map(({ claim }) => [place(claim), claim.attempt]),
    [
      ['0/0', 2],
      ['0/2', 2],
    ],
  )
  await second.end('0/0')
  await elapse([second], 200)
  assert.equal(second.runningAt(), ['0/2', '0/1'])
})

test('a delayed job keeps nobody waiting, and joins its key’s order at the end when it is due', async () => {
  const delays = new Map([['0', 5_000]])
  const it = driven(['a', 'a'], { delayOf: (task) => delays.get(task) ?? 0 })
  await it.start([0])
  assert.equal(it.runningAt(), ['0/1'])
  it.group.append(0, 'a')
  await elapse([it], 5_200)
  assert.equal(it.runningAt(), ['0/1'])
  await it.end('0/1')
  assert.equal(it.runningAt(), ['0/2'])
  await it.end('0/2')
  // There was no room for it in its key's share of this small window.
  await elapse([it], 1_000)
  assert.equal(it.runningAt(), ['0/0'])
})

test('jobs are started at their time, not at the next look', async () => {
  const it = driven([null], { delayOf: () => 3_333 })
  const begin = Date.now()
  await it.start([0])
  while (it.runs.length === 0 && Date.now() < begin + 10_000) {
    await pass(25)
    it.group.heartbeat()
  }
  assert.ok(Date.now() - begin >= 3_333 && Date.now() - begin <= 3_400, `${Date.now() - begin}`)
})

test('a store that is away loses nothing: what is due comes when it is back', async () => {
  const it = driven([null, 'a', 'a'])
  await it.start([0])
  await it.end('0/0', { againAfterMs: 3_000 })
  await it.end('0/1', { againAfterMs: 3_000 })
  await elapse([it], 400)
  let away = true
  it.parking.onCall = async () => {
    if (away) throw new Error('no database')
  }
  await elapse([it], 6_000)
  assert.equal(it.runningAt(), [])
  away = false
  await elapse([it], 1_400)
  assert.equal(it.runningAt().sort(), ['0/0', '0/1'])
})

test('more is due than the window holds: all of it runs, and the log goes on beside it', async () => {
  const it = driven(Array.from({ length: 40 }, () => null))
  await it.start([0])
  for (let i = 0; i < 200 && it.parking.rows.size < 40; i++) {
    for (const { end } of it.running()) end.resolve({ againAfterMs: 20_000 })
    await settle()
    await it.fetch()
  }
  await pass(400)
  assert.is(it.parking.rows.size, 40)
  await elapse([it], 21_000)
  for (let i = 0; i < 10; i++) it.group.append(0, null)
  let fromLog = 0
  for (let i = 0; i < 400 && it.parking.rows.size > 0; i++) {
    fromLog +=
      it.running().filter(({ claim }) => !claim.parked).length > 0 && it.parking.rows.size > 5 ? 1 : 0
    for (const at of it.runningAt()) await it.end(at)
    await elapse([it], 100)
  }
  assert.is(it.parking.rows.size, 0)
  assert.ok(fromLog > 0, 'jobs of the log run meanwhile')
})

type Step =
  | { readonly do: 'append'; readonly partition: number; readonly key: string | null }
  | { readonly do: 'end'; readonly pick: number; readonly againAfterMs: number | undefined }
  | { readonly do: 'move'; readonly to: readonly number[] }
  | { readonly do: 'die'; readonly partition: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'store'; readonly away: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      partition: fc.nat(1),
      key: fc.option(fc.constantFrom('a', 'b')),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      pick: fc.nat(10),
      againAfterMs: fc.constantFrom(undefined, undefined, 300, 2_500, 4_000, 9_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(50, 400, 2_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      to: fc.tuple(fc.nat(1), fc.nat(1)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), partition: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('store' as const), away: fc.boolean() }) },
)

test('whatever fails, moves and comes back: each job has one result, and those of a key in the order of the log', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), async (steps) => {
      const done: string[] = []
      const group = new FakeGroup(2)
      const parking = memoryParking<string>()
      const options: HookOptions = {
        ...lookingUp(new Set(), parking),
        settled: async (claims) => {
          const ended = new Set(done)
          return (await lookingUp(ended, parking).settled?.(claims)) ?? new Set()
        },
        record: async (finished) => {
          for (const { claim } of finished) {
            assert.not.ok(done.includes(place(claim)), `${place(claim)} has two results`)
            done.push(place(claim))
          }
        },
      }
      const first = driveEngine(2, options, { group, parking, name: 'first' })
      const second = driveEngine(2, options, {
        group: new FakeGroup(2, group),
        ownership: first.ownership,
        parking,
        name: 'second',
      })
      const engines = [first, second]
      await first.start([0, 1])
      await second.start([])
      const running = () => engines.flatMap((it) => it.running())
      const { rows } = first.ownership
      /** Ownerships whose session ended without a word: the owner lives on here, and learns of it by its next renewal. */
      const ended = new Set<string>()
      const isOver = ({ partition, token }: { partition: number; token: number }): boolean =>
        ended.has(`${partition} ${token}`) && rows.get(partition)?.token !== token
      /** The last commit comes an interval after the last end. */
      const isAllDone = (): boolean =>
        parking.rows.size === 0 &&
        engines.every((it) => it.engine.claimed === 0) &&
        [0, 1].every((partition) => (group.stored.get(partition) ?? 0) === group.end(partition))
      const check = (): void => {
        const keyed = running().filter(
          ({ claim }) => claim.key !== undefined && claim.state === 'running' && !isOver(claim),
        )
        const names = keyed.map(({ claim }) => `${claim.partition} ${claim.key}`)
        assert.is(new Set(names).size, names.length, `two of a key run at once: ${names.join()}`)
      }
      for (const doing of steps) {
        if (doing.do === 'append') group.append(doing.partition, doing.key)
        else if (doing.do === 'end') {
          const now = running()
          const { againAfterMs } = doing
          now[doing.pick % Math.max(1, now.length)]?.end.resolve(
            againAfterMs === undefined ? { result: 'ok' } : { againAfterMs },
          )
          await settle()
        } else if (doing.do === 'move') {
          const of = (index: number): number[] => [0, 1].filter((partition) => doing.to[partition] === index)
          await first.join(of(0))
          await second.join(of(1))
        } else if (doing.do === 'die') {
          ended.add(`${doing.partition} ${rows.get(doing.partition)?.token}`)
          first.ownership.expire(doing.partition)
        } else if (doing.do === 'store') {
          parking.onCall = async () => {
            if (doing.away) throw new Error('no database')
          }
        } else await elapse(engines, doing.ms)
        check()
      }
      parking.onCall = async () => {}
      await first.join([0, 1])
      await second.join([])
      for (let i = 0; i < 300; i++) {
        for (const { end } of running()) end.resolve({ result: 'ok' })
        for (const { runs } of engines)
          for (const { claim, end } of runs) if (claim.state === 'lost') end.resolve({ result: 'ok' })
        await elapse(engines, 200)
        check()
        if (i > 20 && isAllDone()) break
      }
      for (const partition of [0, 1]) {
        const ended = done.filter((it) => it.startsWith(`${partition}/`))
        assert.is(ended.length, group.end(partition), 'each has a result')
        assert.is(group.stored.get(partition) ?? 0, group.end(partition), 'the end is committed')
        for (const key of ['a', 'b']) {
          const its = ended
            .map((it) => Number(it.slice(2)))
            .filter((offset) => group.log[partition]?.[offset]?.key?.toString() === key)
          assert.equal(
            its,
            its.toSorted((a, b) => a - b),
            `key ${key} of partition ${partition}`,
          )
        }
      }
      assert.is(parking.rows.size, 0)
    }),
    // What a run has made stays in memory: to shrink a failure took all of it once, and nobody learned what had failed.
    { numRuns: 60, endOnFailure: true },
  )
})

test.run()
