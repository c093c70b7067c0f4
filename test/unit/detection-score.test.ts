import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { severityOf } from '../../consumer/detection/ranges.ts'
import {
  DEFAULT_THRESHOLD,
  expectedFalseAlarms,
  probabilityOf,
  scoreOf,
} from '../../consumer/detection/score.ts'

const test = suite('scores')

const near = (got: number, wanted: number): boolean => Math.abs(got - wanted) <= 1e-9 * Math.abs(wanted)

test('a score is 0 for the usual, 0.5 for one in a thousand, 2/3 for one in a million', () => {
  assert.is(scoreOf(1), 0)
  assert.ok(near(scoreOf(1e-3), 0.5))
  assert.ok(near(scoreOf(1e-6), 2 / 3))
})

test('scores never saturate: down to 1e-300 the less probable scores more, and 1 is not reached', () => {
  const probability = fc.integer({ min: -300, max: 0 }).map((decades) => 10 ** decades)
  fc.assert(
    fc.property(probability, probability, (a, b) => {
      assert.is(Math.sign(scoreOf(a) - scoreOf(b)), Math.sign(b - a))
      assert.ok(scoreOf(a) < 1)
    }),
  )
  assert.ok(scoreOf(0) < 1)
})

test('a probability is had back from its score', () => {
  for (const p of [1, 0.3, 1e-3, 1e-20]) assert.ok(near(probabilityOf(scoreOf(p)), p), `${p}`)
  assert.ok(near(expectedFalseAlarms(DEFAULT_THRESHOLD), 10))
})

test('severities begin below 1e-4 and below 1e-6', () => {
  assert.is(severityOf(scoreOf(2e-4)), 'minor')
  assert.is(severityOf(scoreOf(0.9e-4)), 'major')
  assert.is(severityOf(scoreOf(1.1e-6)), 'major')
  assert.is(severityOf(scoreOf(0.9e-6)), 'critical')
})

test.run()
