/** Any order of fetches, joins, ends and failures. */
import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { driveEngine, type Job, place } from '../fixtures/driven-engine.ts'
import { type Deferred, defer, settle } from '../fixtures/quiet.ts'

const test = suite('Engine')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.after.each(() => mock.timers.reset())

type Step =
  | { readonly do: 'append'; readonly partition: number; readonly key: string | null }
  | { readonly do: 'join'; readonly partitions: number[]; readonly elsewhere: number }
  | { readonly do: 'end'; readonly pick: number; readonly again: boolean }
  | { readonly do: Signal }

const signals = ['request', 'answer', 'settle', 'interval', 'commit fails', 'recorded', 'looked up'] as const
type Signal = (typeof signals)[number]

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      partition: fc.nat(2),
      key: fc.option(fc.constantFrom('a', 'b')),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      partitions: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
      elsewhere: fc.nat(4),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat(10), again: fc.boolean() }),
  },
  { weight: 20, arbitrary: fc.record({ do: fc.constantFrom<Signal>(...signals, 'request', 'answer') }) },
)

/** A promise that waits until it is let go, again and again. */
const gate = () => {
  let waiting: Deferred<void>[] = []
  let open = false
  return {
    pass: async (): Promise<void> => {
      if (open) return
      const turn = defer()
      waiting.push(turn)
      await turn.promise
    },
    letGo: (): void => {
      for (const turn of waiting) turn.resolve()
      waiting = []
    },
    stayOpen: (): void => {
      open = true
      for (const turn of waiting) turn.resolve()
    },
  }
}

/** An engine whose look-ups and records wait for the test, and what has a result by now, ours or of another member. */
const setUp = () => {
  const [lookingUp, recording] = [gate(), gate()]
  const done = new Set<string>()
  const driven = driveEngine(3, {
    settled: async (claims) => {
      await lookingUp.pass()
      return new Set(claims.filter((it) => done.has(place(it))))
    },
    record: async (finished) => {
      await recording.pass()
      for (const { claim } of finished) done.add(place(claim))
    },
  })
  driven.group.batchRecords = 4
  return { ...driven, lookingUp, recording, done }
}
type Parts = ReturnType<typeof setUp>

/** Partitions change hands. Another member has what is not ours: it goes on from the commit, and ends some of it. */
const rejoin = ({ group, done }: Parts, partitions: readonly number[], elsewhere: number): void => {
  for (let partition = 0; partition < 3; partition++) {
    if (group.assigned.has(partition)) continue
    const from = group.stored.get(partition) ?? 0
    const to = Math.min(group.end(partition), from + elsewhere)
    for (let i = from; i < to; i++) done.add(`${partition}/${i}`)
    group.stored.set(partition, to)
  }
  group.join(partitions)
}

const check = ({ engine, group, done }: Parts): void => {
  assert.ok(engine.claimed <= 8)
  assert.ok(engine.running.size <= 3)
  const keys = [...engine.running].filter((it) => it.key !== undefined && !it.lost)
  assert.is(new Set(keys.map((it) => `${it.partition} ${it.key}`)).size, keys.length, 'one of a key')
  for (const [partition, offset] of group.commits)
    for (let i = 0; i < offset; i++) assert.ok(done.has(`${partition}/${i}`), `${partition}/${i} was passed`)
}

const checkEnd = ({ engine, group, runs, done }: Parts): void => {
  for (let partition = 0; partition < 3; partition++) {
    for (let i = 0; i < group.end(partition); i++)
      assert.ok(done.has(`${partition}/${i}`), `${partition}/${i} is lost`)
    assert.is(group.stored.get(partition) ?? 0, group.end(partition), 'the end is committed')
  }
  assert.equal([engine.claimed, engine.claimedBytes, engine.unrecorded], [0, 0, 0])
  assert.is(group.paused.size, 0)
  // Starts of a key ascend, but for what a new ownership runs again.
  const last = new Map<string, Job>()
  for (const { claim } of runs) {
    if (claim.key === undefined) continue
    const key = `${claim.partition} ${claim.key}`
    const before = last.get(key)
    assert.ok(!before || before.lost || claim.offset >= before.offset, `${place(claim)} ran out of order`)
    last.set(key, claim)
  }
}

test('under any interleaving: bounds hold, keys keep their order, no commit passes a job without a result, all end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 160, size: 'max' }), async (steps) => {
      const parts = setUp()
      const { group, running, start, drain, lookingUp, recording } = parts
      const store = group.onCommit
      await start([0, 1, 2])
      let answer = async (): Promise<void> => {}
      const signal: Record<Signal, () => Promise<void> | void> = {
        request: () => {
          answer = group.request()
        },
        answer: () => answer(),
        settle,
        interval: async () => {
          mock.timers.tick(200)
          await settle()
          group.onCommit = store
        },
        'commit fails': () => {
          group.onCommit = () => Promise.reject(new Error('rebalance'))
        },
        recorded: recording.letGo,
        'looked up': lookingUp.letGo,
      }
      for (const doing of steps) {
        if (doing.do === 'append') group.append(doing.partition, doing.key)
        else if (doing.do === 'join') rejoin(parts, doing.partitions, doing.elsewhere)
        else if (doing.do === 'end') {
          const now = running()
          const ran = doing.again ? { againAfterMs: 300 } : { result: 'ok' }
          now[doing.pick % Math.max(1, now.length)]?.end.resolve(ran)
        } else await signal[doing.do]()
        check(parts)
      }
      group.onCommit = store
      lookingUp.stayOpen()
      recording.stayOpen()
      await settle()
      group.join([0, 1, 2])
      await settle()
      await drain()
      check(parts)
      checkEnd(parts)
    }),
    { numRuns: 150 },
  )
})

test.run()
