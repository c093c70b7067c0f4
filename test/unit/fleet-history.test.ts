import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SAMPLE_MS } from '../../core/store/fleet-history.ts'
import { stepOf } from '../../producer/api/history-route.ts'
import { momentOf } from '../../producer/fleet/history.ts'

const test = suite('history of the fleet')

test('a sample is of the last whole moment, also where its timer came a little too early or late', () => {
  for (const now of [9_950, 10_000, 10_700, 14_800]) assert.is(momentOf(now), 10_000, `${now}`)
  assert.is(momentOf(9_800), 5_000)
})

test('an hour is told sample by sample, a day in steps', () => {
  assert.is(stepOf(3_600_000, 720), SAMPLE_MS)
  assert.is(stepOf(1, 2), SAMPLE_MS)
  assert.is(stepOf(86_400_000, 720), 25 * 5_000)
})

test('there are never more points than were asked for, wherever the range begins, and no needlessly few', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: 1, max: 10 ** 9 }),
      fc.integer({ min: 2, max: 2_000 }),
      (from, range, points) => {
        const step = stepOf(range, points)
        assert.is(step % SAMPLE_MS, 0)
        const first = Math.ceil(from / SAMPLE_MS) * SAMPLE_MS
        const last = Math.ceil((from + range) / SAMPLE_MS - 1) * SAMPLE_MS
        const steps = first > last ? 0 : Math.floor(last / step) - Math.floor(first / step) + 1
        assert.ok(steps <= points, `${steps} of ${points}`)
        const shorter = step - SAMPLE_MS
        if (shorter > 0) assert.ok(range / shorter > points - 2, `${step} is long for ${range}, ${points}`)
      },
    ),
  )
})

test.run()
