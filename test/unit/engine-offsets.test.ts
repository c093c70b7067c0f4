import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFinished, encodeFinished } from '../../consumer/engine/offset-metadata.ts'
import { type OffsetRange, OffsetTracker } from '../../consumer/engine/offsets.ts'

const test = suite('OffsetTracker')

const offsetsOf = (ranges: readonly OffsetRange[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))

/** The contract in the plainest words, offset by offset. */
class Model {
  readonly unfinished = new Set<number>()
  readonly restored: ReadonlySet<number>
  position: number

  constructor(start: number, finished: readonly OffsetRange[]) {
    this.position = start
    this.restored = new Set(offsetsOf(finished))
  }

  see(offset: number): boolean {
    if (offset < this.position) return false
    this.position = offset + 1
    if (this.restored.has(offset)) return false
    this.unfinished.add(offset)
    return true
  }

  get committable(): number {
    return Math.min(this.position, ...this.unfinished)
  }

  isFinished(offset: number): boolean {
    return offset < this.position ? !this.unfinished.has(offset) : this.restored.has(offset)
  }

  get finishedBeyond(): number[] {
    const end = Math.max(this.position, ...this.restored) + 1
    const all = Array.from({ length: end - this.committable }, (_, i) => this.committable + i)
    return all.filter((it) => this.isFinished(it))
  }
}

type Step = readonly ['see' | 'finish' | 'skip', number]
const step: fc.Arbitrary<Step> = fc.oneof(
  // Steps of more than one are the gaps of a log; zero and less is the log answering again.
  { weight: 5, arbitrary: fc.tuple(fc.constant('see' as const), fc.integer({ min: -3, max: 3 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('finish' as const), fc.nat(40)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('skip' as const), fc.integer({ min: -2, max: 6 })) },
)

/** What a former owner may have left: runs of open and finished offsets by turns, from `start` on. */
const restoredFrom = (
  start: number,
  runs: readonly (readonly [open: number, done: number])[],
): OffsetRange[] => {
  let position = start
  return runs.map(([open, done]) => {
    const from = position + open
    position = from + done
    return { from, to: position }
  })
}
const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 })), {
  maxLength: 6,
})
const begin = fc.record({ start: fc.nat(1000), runs })

const drive = (
  { start, runs }: { start: number; runs: [number, number][] },
  steps: readonly Step[],
  after: (tracker: OffsetTracker, model: Model) => void,
): { tracker: OffsetTracker; model: Model } => {
  const finished = restoredFrom(start, runs)
  const tracker = new OffsetTracker(start, finished)
  const model = new Model(start, finished)
  for (const [what, n] of steps) {
    if (what === 'see') {
      const offset = Math.max(0, model.position + n)
      assert.is(tracker.see(offset), model.see(offset), `see ${offset}`)
    } else if (what === 'skip') {
      const position = Math.max(0, model.position + n)
      tracker.skipTo(position)
      model.position = Math.max(model.position, position)
    } else {
      const open = [...model.unfinished]
      const offset = open[n % Math.max(1, open.length)]
      if (offset === undefined) continue
      tracker.finish(offset)
      model.unfinished.delete(offset)
    }
    after(tracker, model)
  }
  return { tracker, model }
}

test('agrees with a naive model after any row of steps, whatever a former owner left finished', () => {
  fc.assert(
    fc.property(begin, fc.array(step, { maxLength: 120, size: 'max' }), (from, steps) => {
      drive(from, steps, (tracker, model) => {
        assert.is(tracker.position, model.position)
        assert.is(tracker.committable, model.committable)
        assert.is(tracker.unfinished, model.unfinished.size)
        assert.equal(offsetsOf(tracker.finishedBeyond), model.finishedBeyond)
        assert.is(tracker.finishedCount, model.finishedBeyond.length)
      })
    }),
    { numRuns: 300 },
  )
})

test('what is finished beyond is told in ascending ranges that neither touch nor are empty', () => {
  fc.assert(
    fc.property(begin, fc.array(step, { maxLength: 80, size: 'max' }), (from, steps) => {
      drive(from, steps, (tracker) => {
        const ranges = tracker.finishedBeyond
        ranges.forEach(({ from, to }, i) => {
          assert.ok(from < to, 'none is empty')
          assert.ok(i === 0 || from > (ranges[i - 1]?.to ?? from), 'none touches the one before it')
        })
        assert.ok((ranges[0]?.from ?? tracker.committable) >= tracker.committable)
      })
    }),
  )
})

test('from owner to owner nothing finished runs again and nothing unfinished is passed', () => {
  const rounds = fc.array(fc.array(step, { maxLength: 40, size: 'max' }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.nat(1000), rounds, (start, owners) => {
      const done = new Set<number>()
      let stored = { offset: start, metadata: '' }
      for (const steps of owners) {
        const place = { topic: 'jobs', partition: 3, offset: stored.offset }
        const finished = decodeFinished(place, stored.metadata)
        assert.ok(finished, 'its own metadata is read')
        const tracker = new OffsetTracker(place.offset, finished)
        const running = new Set<number>()
        for (const [what, n] of steps) {
          if (what === 'finish') {
            const offset = [...running][n % Math.max(1, running.size)]
            if (offset === undefined) continue
            running.delete(offset)
            done.add(offset)
            tracker.finish(offset)
          } else {
            // Every offset has a record here, so that each must run exactly once.
            const offset = tracker.position
            const runs = tracker.see(offset)
            assert.is(runs, !done.has(offset), `${offset} runs if and only if nobody has finished it`)
            if (runs) running.add(offset)
          }
        }
        for (let offset = start; offset < tracker.committable; offset++)
          assert.ok(done.has(offset), `${offset} is passed without an end`)
        const next = { topic: 'jobs', partition: 3, offset: tracker.committable }
        stored = { offset: next.offset, metadata: encodeFinished(next, tracker.finishedBeyond) }
      }
    }),
    { numRuns: 300 },
  )
})

test('what may be committed never goes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.infiniteStream(fc.nat(1_000_000)), (count, order) => {
      const tracker = new OffsetTracker(5)
      for (let offset = 5; offset < 5 + count; offset++) tracker.see(offset)
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

test('a new owner that commits before it has seen anything keeps what the former one told', () => {
  const finished = [
    { from: 6, to: 10 },
    { from: 12, to: 15 },
  ]
  const tracker = new OffsetTracker(5, finished)
  assert.is(tracker.committable, 5)
  assert.equal(tracker.finishedBeyond, finished)
  assert.ok(tracker.see(5))
  tracker.finish(5)
  assert.is(tracker.committable, 6)
  assert.equal(tracker.finishedBeyond, finished)
})

test.run()
