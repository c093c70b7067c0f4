/** Any order of fetches, joins, ends and failures, beside another worker that takes partitions whenever it can. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFinished, encodeFinished } from '../../consumer/engine/offset-metadata.ts'
import { OffsetTracker } from '../../consumer/engine/offsets.ts'
import { driveEngine, type Job, place } from '../fixtures/driven-engine.ts'
import { type Deferred, defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Engine')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

type Step =
  | { readonly do: 'append'; readonly partition: number; readonly key: string | null }
  | { readonly do: 'join'; readonly partitions: number[] }
  | Elsewhere
  | { readonly do: 'end'; readonly pick: number; readonly again: boolean }
  | { readonly do: Signal }

/** Another worker gets the partition if its row is free, ends some of its jobs, and gives it back or dies. */
interface Elsewhere {
  readonly do: 'elsewhere'
  readonly partition: number
  /** Of the next jobs, which it ends. */
  readonly ends: boolean[]
  /** Our session has ended before. */
  readonly takesOver: boolean
  readonly dies: boolean
}

const signals = [
  'request',
  'answer',
  'settle',
  'interval',
  'second',
  'commit fails',
  'rows fail',
  'answers are lost',
  'recorded',
  'looked up',
] as const
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
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('elsewhere' as const),
      partition: fc.nat(2),
      ends: fc.array(fc.boolean(), { maxLength: 5 }),
      takesOver: fc.boolean(),
      dies: fc.boolean(),
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

/** An engine whose look-ups and records wait for the test, and what has a result by now, ours or of another worker. */
const setUp = () => {
  const [lookingUp, recording] = [gate(), gate()]
  const done = new Set<string>()
  const driven = driveEngine(3, {
    settled: async (claims) => {
      await lookingUp.pass()
      return new Set(claims.filter((it) => done.has(place(it))))
    },
    beforeRecord: () => recording.pass(),
    record: async (finished) => {
      for (const { claim } of finished) {
        assert.not.ok(done.has(place(claim)), `${place(claim)} has two results`)
        done.add(place(claim))
      }
    },
  })
  driven.group.batchRecords = 4
  return { ...driven, lookingUp, recording, done }
}
type Parts = ReturnType<typeof setUp>

const elsewhere = async ({ group, ownership, done }: Parts, doing: Elsewhere): Promise<void> => {
  const { partition, ends, takesOver, dies } = doing
  if (takesOver) ownership.expire(partition)
  const other = ownership.of('other')
  const row = (await other.acquire([partition], { leaseMs: 10_000, takeOver: takesOver })).get(partition)
  if (!row) return
  const from = { topic: group.topic, partition, offset: group.stored.get(partition) ?? 0 }
  const finished = decodeFinished(from, group.metadata.get(partition) ?? '')
  assert.ok(finished, 'what the engine left is read')
  const tracker = new OffsetTracker(from.offset, finished)
  for (const isEnded of ends) {
    const offset = tracker.position
    if (offset >= group.end(partition)) break
    if (!tracker.see(offset))
      assert.ok(done.has(`${partition}/${offset}`), 'only what has its result is passed')
    else if (isEnded) {
      tracker.finish(offset)
      done.add(`${partition}/${offset}`)
    }
  }
  const to = { ...from, offset: tracker.committable }
  group.stored.set(partition, to.offset)
  group.metadata.set(partition, encodeFinished(to, tracker.finishedBeyond))
  if (dies) ownership.expire(partition)
  else await other.release(new Map([[partition, row.token]]))
}

const check = ({ engine, group, done }: Parts): void => {
  assert.ok(engine.claimed <= 8)
  assert.ok(engine.running.size <= 3)
  const keys = [...engine.running].filter((it) => it.key !== undefined && it.state !== 'lost')
  assert.is(new Set(keys.map((it) => `${it.partition} ${it.key}`)).size, keys.length, 'one of a key')
  for (const [partition, offset, metadata] of group.commits.splice(0)) {
    for (let i = 0; i < offset; i++) assert.ok(done.has(`${partition}/${i}`), `${partition}/${i} was passed`)
    const finished = decodeFinished({ topic: group.topic, partition, offset }, metadata)
    assert.ok(finished, 'its own metadata can be read')
    for (const { from, to } of finished)
      for (let i = from; i < to; i++)
        assert.ok(done.has(`${partition}/${i}`), `${partition}/${i} is told finished`)
  }
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
    const isLater = !before || before.state === 'lost' || claim.offset >= before.offset
    assert.ok(isLater, `${place(claim)} ran out of order`)
    last.set(key, claim)
  }
}

test('under any interleaving: bounds hold, keys keep their order, no commit passes a job without a result, each has one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 160, size: 'max' }), async (steps) => {
      const parts = setUp()
      const { group, ownership, running, start, drain, lookingUp, recording } = parts
      const { onCommit } = group
      const { onCall, onAnswer } = ownership
      await start([0, 1, 2])
      let answer = async (): Promise<void> => {}
      const signal: Record<Signal, () => Promise<void> | void> = {
        request: () => {
          answer = group.request()
        },
        answer: () => answer(),
        settle,
        interval: async () => {
          await pass(200)
          group.onCommit = onCommit
          Object.assign(ownership, { onCall, onAnswer })
        },
        second: async () => {
          group.heartbeat()
          await pass(1_000)
        },
        'commit fails': () => {
          group.onCommit = () => Promise.reject(new Error('rebalance'))
        },
        'rows fail': () => {
          ownership.onCall = async (_what, owner) => {
            if (owner === 'engine') throw new Error('no database')
          }
        },
        'answers are lost': () => {
          ownership.onAnswer = async (_what, owner) => {
            if (owner === 'engine') throw new Error('no answer')
          }
        },
        recorded: recording.letGo,
        'looked up': lookingUp.letGo,
      }
      for (const doing of steps) {
        if (doing.do === 'append') group.append(doing.partition, doing.key)
        else if (doing.do === 'join') group.join(doing.partitions)
        else if (doing.do === 'elsewhere') await elsewhere(parts, doing)
        else if (doing.do === 'end') {
          const now = running()
          const ran = doing.again ? { againAfterMs: 300 } : { result: 'ok' }
          now[doing.pick % Math.max(1, now.length)]?.end.resolve(ran)
        } else await signal[doing.do]()
        check(parts)
      }
      group.onCommit = onCommit
      Object.assign(ownership, { onCall, onAnswer })
      lookingUp.stayOpen()
      recording.stayOpen()
      await settle()
      group.join([0, 1, 2])
      await drain()
      check(parts)
      checkEnd(parts)
    }),
    { numRuns: 60 },
  )
})

test.run()
