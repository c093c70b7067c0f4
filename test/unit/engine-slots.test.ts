/** What runs at once, and what runs alone. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Abort } from '../../consumer/engine/abort.ts'
import type { Claim, Ran } from '../../consumer/engine/claim.ts'
import { KeyLanes } from '../../consumer/engine/lanes.ts'
import { Slots } from '../../consumer/engine/slots.ts'
import { type Deferred, defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Slots')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

const setUp = (concurrency: number) => {
  const lanes = new KeyLanes<Claim<string>>()
  const state = { mayStart: true, unrecorded: 0, freed: 0 }
  const ends = new Map<Claim<string>, Deferred<Ran<string>>>()
  const started: string[] = []
  const results: string[] = []
  const slots: Slots<string, string> = new Slots<string, string>({
    lanes,
    concurrency,
    mayStart: () => state.mayStart,
    isSettled: () => state.unrecorded === 0,
    run: (claim) => {
      const end = defer<Ran<string>>()
      ends.set(claim, end)
      started.push(claim.task)
      return end.promise
    },
    onResult: (claim, result) => results.push(`${claim.task} ${result}`),
    onWaiting: () => true,
    admits: () => true,
    onEnded: () => {},
    onFree: () => {
      state.freed++
    },
  })
  const add = (task: string, more: { key?: string; alone?: boolean } = {}): Claim<string> => {
    const claim: Claim<string> = {
      partition: 0,
      offset: 0,
      key: more.key,
      bytes: 1,
      id: undefined,
      copies: [],
      token: 1,
      suspect: false,
      parked: false,
      inOrder: false,
      sequence: undefined,
      permitted: false,
      task,
      attempt: 0,
      alone: more.alone ?? false,
      state: 'waiting',
      abort: new Abort(),
    }
    lanes.add(claim)
    return claim
  }
  const end = async (task: string, ran: Ran<string> = { result: 'ok' }): Promise<void> => {
    const claim = [...slots.running].find((it) => it.task === task)
    if (!claim) throw new Error(`${task} doesn’t run`)
    ends.get(claim)?.resolve(ran)
    await settle()
  }
  const running = (): string[] => [...slots.running].map(({ task }) => task)
  return { slots, lanes, state, started, results, add, end, running }
}

test('runs as many as there are slots, and the next as soon as one ends', async () => {
  const { slots, state, results, add, end, running } = setUp(2)
  for (const it of ['a', 'b', 'c', 'd']) add(it)
  slots.pump()
  assert.equal(running(), ['a', 'b'])
  await end('b', { result: 'done' })
  assert.equal(running(), ['a', 'c'])
  assert.equal(results, ['b done'])
  assert.is(state.freed, 1)
})

test('starts nothing while it may not, and goes on when it may', async () => {
  const { slots, state, add, end, running } = setUp(2)
  for (const it of ['a', 'b', 'c']) add(it)
  state.mayStart = false
  slots.pump()
  assert.equal(running(), [])
  state.mayStart = true
  slots.pump()
  state.mayStart = false
  await end('a')
  assert.equal(running(), ['b'])
})

test('a job that waits for its next attempt keeps its key, not its slot', async () => {
  const { slots, add, end, running } = setUp(1)
  const first = add('a', { key: 'k' })
  add('b', { key: 'k' })
  add('c')
  slots.pump()
  assert.is(first.attempt, 1)
  await end('a', { againAfterMs: 1_000 })
  assert.is(first.state, 'waiting')
  assert.equal(running(), ['c'])
  await end('c')
  assert.equal(running(), [])
  await pass(1_000)
  assert.equal(running(), ['a'])
  assert.is(first.attempt, 2)
  await end('a')
  assert.equal(running(), ['b'])
})

test('a job that must run alone waits for those that run and their results, and nothing starts beside it', async () => {
  const { slots, state, started, add, end, running } = setUp(3)
  add('a')
  add('b')
  slots.pump()
  add('alone', { alone: true })
  add('c')
  slots.pump()
  assert.equal(running(), ['a', 'b'], 'also what is behind it waits: it would never have its turn')
  state.unrecorded = 2
  await end('a')
  await end('b')
  assert.equal(running(), [], 'results that are not recorded could be lost with it')
  state.unrecorded = 0
  slots.pump()
  assert.equal(running(), ['alone'])
  slots.pump()
  assert.equal(running(), ['alone'])
  await end('alone')
  assert.equal(running(), ['c'])
  assert.equal(started, ['a', 'b', 'alone', 'c'])
})

test('the next attempt of one that must run alone runs alone, too, and others run before it', async () => {
  const { slots, add, end, running } = setUp(3)
  const alone = add('alone', { alone: true })
  add('b')
  slots.pump()
  await end('alone', { againAfterMs: 1_000 })
  assert.equal(running(), ['b'])
  await pass(1_000)
  assert.equal(running(), ['b'])
  await end('b')
  assert.equal(running(), ['alone'])
  assert.is(alone.attempt, 2)
})

test('one that is lost while it waits to run alone holds nobody up', async () => {
  const { slots, lanes, add, end, running } = setUp(2)
  add('a')
  slots.pump()
  const alone = add('alone', { alone: true })
  slots.pump()
  alone.state = 'lost'
  lanes.drop(0)
  add('b')
  slots.pump()
  assert.equal(running(), ['a', 'b'])
  await end('a')
  assert.not.ok(running().includes('alone'))
})

test('one that is lost while it runs alone keeps others away until it has ended', async () => {
  const { slots, results, add, end, running } = setUp(2)
  const alone = add('alone', { alone: true })
  add('b')
  slots.pump()
  alone.state = 'lost'
  slots.pump()
  assert.equal(running(), ['alone'], 'it may still end the process')
  await end('alone')
  assert.equal(running(), ['b'])
  assert.equal(results, [], 'and its result is nobody’s')
})

test('a lost one has no result and no next attempt', async () => {
  const { slots, results, add, end, running } = setUp(1)
  const [a, b] = [add('a', { key: 'k' }), add('b')]
  slots.pump()
  a.state = 'lost'
  await end('a')
  await end('b', { againAfterMs: 100 })
  b.state = 'lost'
  await pass(200)
  assert.equal([results, running()], [[], []])
})

test('whatever is added, ends and is lost: one of a key, so many at once, alone means alone, and all run', async () => {
  const step = fc.record({
    do: fc.constantFrom('add', 'add', 'end', 'end', 'again', 'wait', 'recorded'),
    key: fc.option(fc.constantFrom('j', 'k'), { nil: undefined }),
    alone: fc.nat(4).map((n) => n === 0),
    pick: fc.nat(10),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { slots, state, results, add, end, running } = setUp(3)
      const added = new Map<string, Claim<string>>()
      const check = (): void => {
        const now = [...slots.running]
        assert.ok(now.length <= 3)
        assert.ok(now.length <= 1 || now.every((it) => !it.alone), 'alone means alone')
        const keys = now.flatMap(({ key }) => key ?? [])
        assert.is(new Set(keys).size, keys.length, 'one of a key')
      }
      for (const { do: doing, key, alone, pick } of steps) {
        const task = running()[pick % Math.max(1, running().length)]
        if (doing === 'add') {
          const name = `${added.size}`
          added.set(name, add(name, { alone, ...(key === undefined ? {} : { key }) }))
          slots.pump()
        } else if (doing === 'wait') await pass(100)
        else if (doing === 'recorded') {
          state.unrecorded = 0
          slots.pump()
        } else if (task !== undefined) {
          if (doing === 'end') state.unrecorded++
          await end(task, doing === 'end' ? { result: '' } : { againAfterMs: 50 })
        }
        check()
      }
      for (let i = 0; i < 300 && results.length < added.size; i++) {
        state.unrecorded = 0
        slots.pump()
        const [task] = running()
        if (task !== undefined) await end(task)
        else await pass(50)
        check()
      }
      assert.is(results.length, added.size)
    }),
    { numRuns: 60 },
  )
})

test('counts what ended, and the time that slots were taken, by those that run still, too', async () => {
  const { slots, add, end } = setUp(2)
  await pass(50)
  assert.equal(slots.used, { ended: 0, slotMs: 0 })
  add('a')
  add('b')
  slots.pump()
  await pass(50)
  assert.equal(slots.used, { ended: 0, slotMs: 100 })
  await end('a')
  await pass(50)
  await end('b')
  await pass(50)
  assert.equal(slots.used, { ended: 2, slotMs: 150 })
})

test.run()
