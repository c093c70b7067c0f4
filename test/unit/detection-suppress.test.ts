import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alarmsOnce, createEvents } from '../../consumer/detection/streaming/suppress.ts'
import { AppError } from '../../core/errors.ts'

const test = suite('one event alarms once')
const threshold = 0.5
const scores = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.99, noNaN: true })), {
  minLength: 1,
  maxLength: 400,
})

test('the first score that reaches the threshold alarms, repeats do not, and after 17 quiet rows the next one does', () => {
  const events = createEvents({ threshold })
  const alarms = (list: readonly number[]) => list.map((score) => events.next(score).alarm)
  assert.equal(alarms([0.2, 0.5, 0.9, 0.1, 0.6]), [false, true, false, false, false])
  // 16 quiet rows are too few, and the repeat begins the quiet anew.
  assert.equal(alarms([...Array<number>(16).fill(0), 0.7]), Array<boolean>(17).fill(false))
  assert.equal(alarms([...Array<number>(17).fill(0), 0.7]), [...Array<boolean>(17).fill(false), true])
})

test('the longer the series, the longer the quiet that ends an event: a thirtieth of the rows, at most 256', () => {
  for (const [rows, quiet] of [
    [100, 17],
    [3000, 100],
    [30_000, 256],
  ] as const) {
    const gaps = [quiet - 1, quiet].map((gap) => {
      const events = createEvents({ threshold })
      for (let row = 1; row < rows; row++) events.next(0)
      assert.ok(events.next(0.9).alarm)
      for (let row = 0; row < gap; row++) events.next(0)
      return events.next(0.9).alarm
    })
    assert.equal(gaps, [false, true], `${rows} rows`)
  }
})

test('what is held back stays above all that is usual by a hair, in its order', () => {
  const told = alarmsOnce(Float64Array.of(0.6, 0.9, 0.7, 0.4), threshold)
  assert.is(told[0], 0.6)
  assert.is(told[3], 0.4)
  // 0.5 · (1 − 0.001 · (1 − 0.9)) and 0.5 · (1 − 0.001 · (1 − 0.7)).
  assert.ok(Math.abs((told[1] ?? 0) - 0.49995) < 1e-12)
  assert.ok(Math.abs((told[2] ?? 0) - 0.49985) < 1e-12)
})

test('a row is told as an alarm, or as it was, or just below the threshold; alarms are the rows told above it', () => {
  fc.assert(
    fc.property(scores, (list) => {
      const events = createEvents({ threshold })
      for (const score of list) {
        const { alarm, score: told } = events.next(score)
        assert.is(alarm, told >= threshold)
        if (alarm || score < threshold) assert.is(told, score)
        else assert.ok(told < threshold && told > 0.999 * threshold)
      }
    }),
  )
})

test('what goes on from a saved state tells the same; any other state is refused', () => {
  fc.assert(
    fc.property(scores, fc.nat(400), (list, cut) => {
      const whole = createEvents({ threshold })
      let broken = createEvents({ threshold })
      for (const [at, score] of list.entries()) {
        if (at === cut) broken = createEvents({ threshold }, broken.save())
        assert.equal(broken.next(score), whole.next(score))
      }
    }),
  )
  for (const state of [null, {}, { detector: 'events', version: 1, rows: 1, left: -1 }]) {
    assert.throws(
      () => createEvents({ threshold }, state),
      (error: unknown) => error instanceof AppError && error.code === 'REQUEST_INVALID',
    )
  }
})

test.run()
