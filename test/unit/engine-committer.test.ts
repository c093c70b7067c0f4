import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Committer } from '../../consumer/engine/committer.ts'
import { OffsetTracker } from '../../consumer/engine/offsets.ts'
import { type Deferred, defer, quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Committer')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.after.each(() => mock.timers.reset())

/** Two partitions and a group whose answers the test gives. */
const setUp = () => {
  const trackers = new Map([0, 1].map((it) => [it, new OffsetTracker(0)]))
  const sent: { readonly offsets: ReadonlyMap<number, number>; readonly answer: Deferred<void> }[] = []
  const stored = new Map<number, number>()
  const target = {
    async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
      const answer = defer()
      sent.push({ offsets, answer })
      await answer.promise
      for (const [partition, offset] of offsets) stored.set(partition, offset)
    },
  }
  const committer = new Committer(target, () => trackers, quiet)
  const claimed = new Map([0, 1].map((it) => [it, 0]))
  const finish = (partition: number): void => {
    const offset = claimed.get(partition) ?? 0
    claimed.set(partition, offset + 1)
    trackers.get(partition)?.claim(offset)
    trackers.get(partition)?.finish(offset)
    committer.schedule()
  }
  return { committer, trackers, sent, stored, finish }
}

/** The interval passes, and what follows from it happens. */
const interval = async (): Promise<void> => {
  mock.timers.tick(200)
  await settle()
}

test('commits all that is due in one request, within the interval', async () => {
  const { sent, finish } = setUp()
  finish(0)
  finish(0)
  finish(1)
  assert.is(sent.length, 0)
  await interval()
  assert.is(sent.length, 1)
  assert.equal(
    [...(sent[0]?.offsets ?? [])],
    [
      [0, 2],
      [1, 1],
    ],
  )
  sent[0]?.answer.resolve()
  await interval()
  await interval()
  assert.is(sent.length, 1, 'and not again')
  finish(1)
  await interval()
  assert.equal([...(sent[1]?.offsets ?? [])], [[1, 2]], 'only what is new')
})

test('a commit that fails is repeated with what is due by then', async () => {
  const { sent, stored, finish } = setUp()
  finish(0)
  await interval()
  sent[0]?.answer.reject(new Error('rebalance'))
  finish(0)
  await settle()
  await interval()
  assert.equal([...(sent[1]?.offsets ?? [])], [[0, 2]])
  sent[1]?.answer.resolve()
  await settle()
  assert.is(stored.get(0), 2)
})

test('what ends while a commit is on its way is committed after it, though nothing ends any more', async () => {
  const { sent, stored, finish } = setUp()
  finish(0)
  await interval()
  assert.is(sent.length, 1)
  finish(0)
  // A rebalance holds the answer up for longer than the interval.
  await interval()
  await interval()
  assert.is(sent.length, 1, 'one request at a time')
  sent[0]?.answer.resolve()
  await settle()
  await interval()
  sent[1]?.answer.resolve()
  await settle()
  assert.is(stored.get(0), 2)
})

test('a tracker that came since is not told of the commit of the one before it', async () => {
  const { trackers, sent, finish } = setUp()
  finish(0)
  finish(0)
  await interval()
  // Lost and found again while the commit is on its way; the group says 1.
  const anew = new OffsetTracker(1)
  trackers.set(0, anew)
  sent[0]?.answer.resolve()
  await settle()
  anew.claim(1)
  anew.finish(1)
  assert.is(anew.uncommitted, 2)
})

test('stopping waits for the commit on its way and commits what is left', async () => {
  const { committer, sent, stored, finish } = setUp()
  finish(0)
  await interval()
  finish(1)
  const stopped = committer.stop()
  await settle()
  assert.is(sent.length, 1)
  sent[0]?.answer.resolve()
  await settle()
  sent[1]?.answer.resolve()
  await stopped
  assert.equal(
    [...stored],
    [
      [0, 1],
      [1, 1],
    ],
  )
  committer.schedule()
  await interval()
  assert.is(sent.length, 2, 'nothing after the stop')
})

test('stopping ends although the last commit fails', async () => {
  const { committer, sent, finish } = setUp()
  finish(0)
  const stopped = committer.stop()
  await settle()
  sent[0]?.answer.reject(new Error('not coordinator'))
  await stopped
})

test('in the end everything finished is committed, whenever answers come and whatever they are', async () => {
  const step = fc.constantFrom('finish 0', 'finish 1', 'interval', 'answer', 'fail')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const { trackers, sent, stored, finish } = setUp()
      let answered = 0
      for (const doing of steps) {
        if (doing.startsWith('finish')) finish(Number(doing.at(-1)))
        else if (doing === 'interval') await interval()
        else {
          const next = sent[answered]
          if (!next) continue
          answered++
          if (doing === 'answer') next.answer.resolve()
          else next.answer.reject(new Error('rebalance'))
          await settle()
        }
        assert.ok(sent.length - answered <= 1, 'one request at a time')
      }
      for (let i = 0; i < 3; i++) {
        for (const { answer } of sent) answer.resolve()
        await settle()
        await interval()
      }
      for (const [partition, tracker] of trackers)
        assert.is(stored.get(partition) ?? 0, tracker.committable, `partition ${partition}`)
    }),
    { numRuns: 150 },
  )
})

test.run()
