import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  chiSquaredTail,
  createRelativeEntropy,
  relativeEntropy,
} from '../../consumer/detection/streaming/relative-entropy.ts'

const test = suite('relative entropy')
const near = (got: number, wanted: number, within: number) =>
  assert.ok(Math.abs(got - wanted) <= within, `${got}, not ${wanted}`)
const small = { window: 4, bins: 2, significance: 0.05, hypotheses: 2 }

test('the tail of the chi-squared distribution is that of the tables', () => {
  near(chiSquaredTail(9.488, 4), 0.05, 1e-5)
  near(chiSquaredTail(13.277, 4), 0.01, 1e-5)
  near(chiSquaredTail(18.467, 4), 0.001, 1e-6)
  assert.is(chiSquaredTail(0, 4), 1)
  assert.is(chiSquaredTail(Number.POSITIVE_INFINITY, 4) > 0, false)
})

test('relative entropy is Σ p log(p/q), and infinite where q excludes what p has', () => {
  // ¾ log(¾ / ½) + ¼ log(¼ / ½) = 0.30410 − 0.17329.
  near(relativeEntropy(Float64Array.of(3, 1), Float64Array.of(2, 2), 4), 0.130812, 1e-6)
  assert.is(relativeEntropy(Float64Array.of(2, 2), Float64Array.of(2, 2), 4), 0)
  assert.is(relativeEntropy(Float64Array.of(3, 1), Float64Array.of(4, 0), 4), Number.POSITIVE_INFINITY)
})

test('a window is judged by the nearest of the windows before it, and one that is like none becomes one to be like', () => {
  const run = createRelativeEntropy(small)
  const judge = (values: readonly number[]) => values.map((value) => run.update(value).probability)
  // Windows of 4 values in the bins [0, 5) and [5, 10]: the first one, (2, 2), is the first hypothesis.
  assert.equal(judge([0, 10, 0, 10]), [1, 1, 1, 1])
  // (2, 2) again; then (3, 1): 8 · 0.130812 = 1.0465, e^(−0.52325) = 0.5926.
  const [same = 0, other = 0] = judge([0, 0])
  assert.is(same, 1)
  near(other, 0.5926, 1e-4)
  // (3, 1) and (4, 0): 8 · log 2 = 5.545, e^(−2.7726) = 1/16, still agrees; a value of 100 puts all else into one bin.
  near(judge([0, 0]).at(-1) ?? 0, 0.0625, 1e-4)
  const [strange = 1, known = 0] = judge([100, 0])
  assert.is(strange, 1e-12)
  assert.is(known, 1)
})

test('a constant series is never strange, and missing values are no evidence', () => {
  const run = createRelativeEntropy({ window: 52, bins: 5, significance: 0.001, hypotheses: 64 })
  for (let row = 0; row < 200; row++) assert.is(run.update(row % 7 === 0 ? Number.NaN : 3).probability, 1)
})

test('values as far apart as numbers can be are judged', () => {
  const run = createRelativeEntropy(small)
  for (let row = 0; row < 40; row++) {
    const { probability } = run.update(row % 3 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE)
    assert.ok(probability > 0 && probability <= 1)
  }
})

test.run()
