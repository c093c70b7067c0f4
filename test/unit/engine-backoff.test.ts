import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backoffMs, inMemoryBackoff } from '../../consumer/backoff.ts'

const test = suite('backoff')
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('waits between nothing and the step, which doubles up to its limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      random,
      (attempt, baseMs, limitMs, chance) => {
        const wait = backoffMs(attempt, { baseMs, limitMs }, chance)
        const step = Math.min(limitMs, baseMs * 2 ** (attempt - 1))
        assert.ok(Number.isInteger(wait) && wait >= 0 && (wait < step || step < 1), `${wait} of ${step}`)
      },
    ),
  )
})

test('the whole of the step is used', () => {
  assert.is(backoffMs(1, inMemoryBackoff, 0), 0)
  assert.is(backoffMs(1, inMemoryBackoff, 0.999_999), 199)
  assert.is(backoffMs(3, inMemoryBackoff, 0.5), 400)
  assert.is(backoffMs(100, inMemoryBackoff, 0.999_999), 1_999)
})

test.run()
