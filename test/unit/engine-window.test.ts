import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Window } from '../../consumer/engine/window.ts'

const test = suite('Window')

const item = fc.record({
  partition: fc.constant(0),
  key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  bytes: fc.integer({ min: 1, max: 150 }),
})
const limits = fc.record({ jobs: fc.integer({ min: 1, max: 30 }), bytes: fc.integer({ min: 1, max: 1000 }) })

test('holds its bounds whatever enters and leaves, and says at each time what fits', () => {
  fc.assert(
    fc.property(
      limits,
      fc.array(fc.tuple(item, fc.boolean(), fc.nat(100)), { maxLength: 150, size: 'max' }),
      (limit, steps) => {
        const window = new Window(limit)
        const inside: { partition: 0; key: string | undefined; bytes: number }[] = []
        for (const [next, leaves, pick] of steps) {
          if (leaves && inside.length > 0) {
            const [gone] = inside.splice(pick % inside.length, 1)
            if (gone) window.leave(gone)
          }
          const bytes = inside.reduce((sum, it) => sum + it.bytes, 0)
          const ofKey = inside.filter(({ key }) => key !== undefined && key === next.key).length
          const hasRoom = inside.length < limit.jobs && bytes + next.bytes <= limit.bytes
          const keyHasRoom = ofKey < Math.max(1, Math.floor(limit.jobs / 4))
          const fit = inside.length === 0 ? 'fits' : !hasRoom ? 'full' : keyHasRoom ? 'fits' : 'key full'
          assert.is(window.fits(next), fit)
          if (fit === 'fits') {
            window.enter(next)
            inside.push(next)
          }
          assert.is(window.jobs, inside.length)
          const now = inside.reduce((sum, it) => sum + it.bytes, 0)
          assert.is(window.bytes, now)
          assert.ok(window.jobs <= limit.jobs)
          assert.ok(now <= limit.bytes || inside.length === 1, 'only one oversized job alone is above')
          assert.is(window.room, now >= limit.bytes ? 0 : limit.jobs - inside.length)
        }
      },
    ),
  )
})

test('a job larger than the window enters alone, and nothing enters beside it', () => {
  const window = new Window({ jobs: 200, bytes: 1000 })
  const giant = { partition: 0, key: undefined, bytes: 5000 }
  assert.is(window.fits(giant), 'fits')
  window.enter(giant)
  assert.is(window.fits({ partition: 0, key: undefined, bytes: 1 }), 'full')
  assert.is(window.room, 0)
  window.leave(giant)
  window.enter({ partition: 0, key: undefined, bytes: 1 })
  assert.is(window.fits(giant), 'full', 'it waits until nothing is claimed')
})

test('a key holds a quarter of the window at most', () => {
  const window = new Window({ jobs: 200, bytes: 1e9 })
  let entered = 0
  while (window.fits({ partition: 0, key: 'hot', bytes: 1 }) === 'fits') {
    window.enter({ partition: 0, key: 'hot', bytes: 1 })
    entered++
  }
  assert.is(entered, 50)
  assert.is(window.fits({ partition: 0, key: 'hot', bytes: 1 }), 'key full')
  assert.is(window.fits({ partition: 0, key: 'other', bytes: 1 }), 'fits')
  assert.is(window.fits({ partition: 0, key: undefined, bytes: 1 }), 'fits')
})

test('a window of one job has room for a keyed one', () => {
  assert.is(new Window({ jobs: 1, bytes: 10 }).fits({ partition: 0, key: 'k', bytes: 1 }), 'fits')
})

test.run()
