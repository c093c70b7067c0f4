import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OffsetTracker } from '../../consumer/engine/offsets.ts'

const test = suite('OffsetTracker')

/** The contract in the plainest words: claimed offsets in order, which of them are finished. */
class Model {
  readonly claimed: number[] = []
  readonly finished = new Set<number>()
  position: number
  stored: number

  constructor(start: number) {
    this.position = start
    this.stored = start
  }

  get committable(): number {
    return this.claimed.find((it) => !this.finished.has(it)) ?? this.position
  }
}

type Step = readonly ['claim' | 'finish' | 'commit', number]
const step: fc.Arbitrary<Step> = fc.oneof(
  // Steps of more than one are the gaps of a log; zero and less is the log answering again.
  fc.tuple(fc.constant('claim' as const), fc.integer({ min: -3, max: 3 })),
  fc.tuple(fc.constant('finish' as const), fc.nat(40)),
  fc.tuple(fc.constant('commit' as const), fc.constant(0)),
)

test('agrees with a naive model after any row of claims, ends and commits', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(step, { maxLength: 120, size: 'max' }), (start, steps) => {
      const tracker = new OffsetTracker(start)
      const model = new Model(start)
      for (const [what, n] of steps) {
        if (what === 'claim') {
          const offset = Math.max(0, model.position + n)
          const isNew = offset >= model.position
          assert.is(tracker.claim(offset), isNew)
          if (isNew) {
            model.claimed.push(offset)
            model.position = offset + 1
          }
        } else if (what === 'finish') {
          const offset = model.claimed[n % Math.max(1, model.claimed.length)]
          if (offset === undefined) continue
          tracker.finish(offset)
          model.finished.add(offset)
        } else {
          const due = tracker.uncommitted
          if (due !== undefined) {
            tracker.committed(due)
            model.stored = due
          }
        }
        assert.is(tracker.position, model.position)
        assert.is(tracker.committable, model.committable)
        assert.is(tracker.unfinished, model.claimed.length - model.finished.size)
        assert.is(tracker.uncommitted, model.committable > model.stored ? model.committable : undefined)
        assert.ok(model.claimed.every((it) => it >= tracker.committable || model.finished.has(it)))
      }
    }),
  )
})

test('what may be committed never goes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat(1_000_000)), (count, order) => {
      const tracker = new OffsetTracker(5)
      for (let offset = 5; offset < 5 + count; offset++) tracker.claim(offset)
      const left = Array.from({ length: count }, (_, i) => 5 + i)
      let last = tracker.committable
      for (const n of order) {
        const [offset] = left.splice(n % left.length, 1)
        if (offset !== undefined) tracker.finish(offset)
        assert.ok(tracker.committable >= last)
        last = tracker.committable
        if (left.length === 0) break
      }
      assert.is(last, 5 + count)
    }),
  )
})

test('a commit of long ago does not take back what was stored since', () => {
  const tracker = new OffsetTracker(0)
  for (const offset of [0, 1, 2]) tracker.claim(offset)
  for (const offset of [0, 1, 2]) tracker.finish(offset)
  tracker.committed(3)
  tracker.committed(1)
  assert.is(tracker.uncommitted, undefined)
})

test.run()
