import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultBackoff, restartAfter } from '../../scaler/apply/backoff.ts'

const test = suite('restartAfter')

test('waits double from half a second to thirty', () => {
  let ends = 0
  const waits = Array.from({ length: 9 }, () => {
    const next = restartAfter(ends, 100, defaultBackoff)
    ends = next.ends
    return next.delayMs
  })
  assert.equal(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('a worker that ran for a minute starts anew', () => {
  assert.equal(restartAfter(7, 59_999, defaultBackoff), { delayMs: 30_000, ends: 8 })
  assert.equal(restartAfter(7, 60_000, defaultBackoff), { delayMs: 500, ends: 1 })
})

test.run()
