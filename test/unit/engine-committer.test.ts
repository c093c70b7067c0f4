import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Commit, Committer } from '../../consumer/engine/committer.ts'
import { OffsetTracker } from '../../consumer/engine/offsets.ts'
import { type Deferred, defer, quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Committer')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }))
test.after.each(() => mock.timers.reset())

interface Sent {
  readonly commits: ReadonlyMap<number, Commit>
  readonly answer: Deferred<void>
}

/** Two partitions and a group whose answers the test gives; it has the beginning of both. */
const setUp = async () => {
  const trackers = new Map([0, 1].map((it) => [it, new OffsetTracker(0)]))
  const sent: Sent[] = []
  const stored = new Map<number, Commit>()
  const target = {
    async commit(commits: ReadonlyMap<number, Commit>): Promise<void> {
      const answer = defer()
      sent.push({ commits, answer })
      await answer.promise
      for (const [partition, commit] of commits) stored.set(partition, commit)
    },
  }
  const committer = new Committer(target, () => trackers, quiet)
  committer.schedule()
  await interval()
  sent[0]?.answer.resolve()
  await settle()
  sent.length = 0
  const see = (partition: number): number => {
    const tracker = trackers.get(partition)
    const offset = tracker?.position ?? 0
    tracker?.see(offset)
    return offset
  }
  const finish = (partition: number, offset = see(partition)): void => {
    trackers.get(partition)?.finish(offset)
    committer.schedule()
  }
  return { committer, trackers, sent, stored, see, finish }
}

/** The interval passes, and what follows from it happens. */
const interval = async (): Promise<void> => {
  mock.timers.tick(200)
  await settle()
}

const offsets = (sent: Sent | undefined): (readonly [number, number])[] =>
  [...(sent?.commits ?? [])].map(([partition, { offset }]) => [partition, offset])

test('says of each partition where it begins, so that lag is known before anything has ended', async () => {
  const { stored } = await setUp()
  assert.equal(stored.get(0), { offset: 0, finished: [] })
  assert.equal(stored.get(1), { offset: 0, finished: [] })
})

test('commits all that is due in one request, within the interval', async () => {
  const { sent, finish } = await setUp()
  finish(0)
  finish(0)
  finish(1)
  assert.is(sent.length, 0)
  await interval()
  assert.is(sent.length, 1)
  assert.equal(offsets(sent[0]), [
    [0, 2],
    [1, 1],
  ])
  sent[0]?.answer.resolve()
  await interval()
  await interval()
  assert.is(sent.length, 1, 'and not again')
  finish(1)
  await interval()
  assert.equal(offsets(sent[1]), [[1, 2]], 'only what is new')
})

test('what ends beyond an unfinished one is committed too, as finished', async () => {
  const { sent, see, finish } = await setUp()
  see(0)
  finish(0)
  await interval()
  assert.equal(sent[0]?.commits.get(0), { offset: 0, finished: [{ from: 1, to: 2 }] })
  sent[0]?.answer.resolve()
  await settle()
  finish(0, 0)
  await interval()
  assert.equal(sent[1]?.commits.get(0), { offset: 2, finished: [] })
})

test('a commit that fails is repeated with what is due by then', async () => {
  const { sent, stored, finish } = await setUp()
  finish(0)
  await interval()
  sent[0]?.answer.reject(new Error('rebalance'))
  finish(0)
  await settle()
  await interval()
  assert.equal(offsets(sent[1]), [[0, 2]])
  sent[1]?.answer.resolve()
  await settle()
  assert.is(stored.get(0)?.offset, 2)
})

test('what ends while a commit is on its way is committed after it, though nothing ends any more', async () => {
  const { sent, stored, finish } = await setUp()
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
  assert.is(stored.get(0)?.offset, 2)
})

test('a tracker that came since is not taken for the one before it, whose commit was on its way', async () => {
  const { committer, trackers, sent, stored, finish } = await setUp()
  finish(0)
  finish(0)
  await interval()
  // Lost and found again while the commit is on its way; the new ownership begins at the same offset.
  trackers.set(0, new OffsetTracker(2))
  sent[0]?.answer.resolve()
  await settle()
  // Another member's late commit has come over it.
  stored.set(0, { offset: 1, finished: [] })
  committer.schedule()
  await interval()
  assert.equal(offsets(sent[1]), [[0, 2]])
})

test('all is said again every few seconds, and at once where what the brokers have is not certain', async () => {
  const { committer, sent, stored, finish } = await setUp()
  finish(0)
  await interval()
  sent[0]?.answer.resolve()
  await settle()
  // A former owner's commit comes late.
  stored.set(0, { offset: 0, finished: [] })
  mock.timers.tick(5_000)
  await interval()
  sent[1]?.answer.resolve()
  await settle()
  assert.is(stored.get(0)?.offset, 1)
  committer.sayAgain()
  await interval()
  assert.equal(offsets(sent[2]), [
    [0, 1],
    [1, 0],
  ])
})

test('what is to be said again while it is on its way is said again after it', async () => {
  const { committer, sent, finish } = await setUp()
  finish(0)
  await interval()
  committer.sayAgain()
  sent[0]?.answer.resolve()
  await settle()
  await interval()
  assert.equal(offsets(sent[1]), [
    [0, 1],
    [1, 0],
  ])
})

test('a flush commits at once, also what ended while a commit was on its way', async () => {
  const { committer, sent, stored, finish } = await setUp()
  finish(0)
  let flushed = false
  const first = committer.flush().then(() => {
    flushed = true
  })
  await settle()
  assert.is(sent.length, 1, 'without waiting for the interval')
  finish(1)
  const second = committer.flush()
  sent[0]?.answer.resolve()
  await settle()
  assert.is(sent.length, 2)
  assert.not.ok(flushed)
  sent[1]?.answer.resolve()
  await Promise.all([first, second])
  assert.equal([stored.get(0)?.offset, stored.get(1)?.offset], [1, 1])
})

test('stopping waits for the commit on its way and commits what is left', async () => {
  const { committer, sent, stored, finish } = await setUp()
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
  assert.equal([stored.get(0)?.offset, stored.get(1)?.offset], [1, 1])
  finish(0)
  committer.sayAgain()
  mock.timers.tick(20_000)
  await interval()
  assert.is(sent.length, 2, 'nothing after the stop')
})

test('stopping ends although the last commit fails', async () => {
  const { committer, sent, finish } = await setUp()
  finish(0)
  const stopped = committer.stop()
  await settle()
  sent[0]?.answer.reject(new Error('not coordinator'))
  await stopped
})

test('in the end everything finished is committed, whenever answers come and whatever they are', async () => {
  const step = fc.constantFrom(
    'finish 0',
    'finish 1',
    'see 0',
    'see 1',
    'interval',
    'answer',
    'fail',
    'again',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const { committer, trackers, sent, stored, see, finish } = await setUp()
      let answered = 0
      for (const doing of steps) {
        if (doing.startsWith('finish')) finish(Number(doing.at(-1)))
        else if (doing.startsWith('see')) see(Number(doing.at(-1)))
        else if (doing === 'interval') await interval()
        else if (doing === 'again') committer.sayAgain()
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
      committer.schedule()
      for (let i = 0; i < 3; i++) {
        for (const { answer } of sent) answer.resolve()
        await settle()
        await interval()
      }
      for (const [partition, { committable, finishedBeyond }] of trackers)
        assert.equal(stored.get(partition), { offset: committable, finished: finishedBeyond })
    }),
    { numRuns: 150 },
  )
})

test.run()
