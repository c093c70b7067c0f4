import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitAfter } from '../../consumer/backoff.ts'

const test = suite('backoff')
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('waits between nothing and the step, which doubles up to its limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      random,
      (attempt, backoffMs, maxBackoffMs, chance) => {
        const wait = waitAfter(attempt, { backoffMs, maxBackoffMs }, chance)
        const step = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(attempt - 1, 52))
        assert.ok(Number.isInteger(wait) && wait >= 0 && (wait < step || step < 1), `${wait} of ${step}`)
      },
    ),
  )
})

test('the whole of the step is used', () => {
  const settings = { backoffMs: 200, maxBackoffMs: 2_000 }
  assert.is(waitAfter(1, settings, 0), 0)
  assert.is(waitAfter(1, settings, 0.999_999), 199)
  assert.is(waitAfter(3, settings, 0.5), 400)
  assert.is(waitAfter(100, settings, 0.999_999), 1_999)
})

test.run()
