/** What handlers return and throw: told within bounds, whatever it is. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { boundedJson, OutOfBounds } from '../../consumer/bounded-json.ts'
import { MAX_RESULT_DEPTH, resultJson } from '../../consumer/result-json.ts'
import { retryAfterOf } from '../../consumer/task.ts'
import { errorOf, failureOf } from '../../consumer/thread-protocol.ts'
import { handlerError, messageOf } from '../../consumer/thrown.ts'
import { AppError } from '../../core/errors.ts'
import { MAX_DELAY_MS } from '../../core/job.ts'

const test = suite('results and errors')

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

test('within the bounds it is JSON.stringify; beyond them it is refused, and never what would fit', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat({ max: 200 }), fc.nat({ max: 4 }), (value, size, depth) => {
      const text = JSON.stringify(value)
      let bounded: string | undefined
      try {
        bounded = boundedJson(value, size, depth)
      } catch (error) {
        assert.ok(error instanceof OutOfBounds)
        assert.ok(text.length > size || depthOf(value) > depth, `${text} was refused`)
        return
      }
      assert.is(bounded, text)
      assert.ok(depthOf(value) <= depth)
      assert.ok(text.length <= 12 * size + 12, `${text} is far above ${size}`)
    }),
  )
})

test('the same object in many places counts every time, and is no cycle', () => {
  const shared = { text: 'x'.repeat(100) }
  assert.is(boundedJson([shared, shared, [shared]], 1_000, 3), JSON.stringify([shared, shared, [shared]]))
  assert.throws(() => boundedJson(Array(11).fill(shared), 1_000, 3), /larger/)
})

test('what would take for ever is refused soon', () => {
  // Each level is the one before, twice: 2^60 leaves.
  let value: unknown = 1
  for (let level = 0; level < 60; level++) value = [value, value]
  const since = performance.now()
  assert.throws(() => resultJson(value), /larger than/)
  assert.throws(() => resultJson(Array(1e6).fill({ ['k'.repeat(1e5)]: 1 })), /larger than/)
  assert.ok(performance.now() - since < 10_000)
})

test('a result may be nested as deep as the limit, and no deeper', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 1
    for (let level = 0; level < depth; level++) value = level % 2 ? { value } : [value]
    return value
  }
  assert.type(resultJson(nested(MAX_RESULT_DEPTH)), 'string')
  assert.throws(() => resultJson(nested(MAX_RESULT_DEPTH + 1)), /deeper than 1000/)
  assert.throws(() => resultJson(nested(1_000_000)), /deeper than 1000/)
})

test('undefined is no result; what JSON makes nothing of is refused', () => {
  assert.is(resultJson(undefined), undefined)
  for (const value of [() => 1, Symbol('s'), { toJSON: () => undefined }]) {
    assert.throws(
      () => resultJson(value),
      (error: unknown) => error instanceof AppError && error.code === 'RESULT_INVALID',
    )
  }
  assert.is(
    resultJson({ a: undefined, b: [() => 1] }),
    '{"b":[null]}',
    'inside of others it is as JSON has it',
  )
})

test('whatever is thrown has a message, a code and a word on repeating, each plain', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (thrown) => {
      const { message, code, retryable, stack } = handlerError(thrown)
      assert.type(message, 'string')
      assert.ok(message.length <= 10_000 && code.length <= 100 && code.length > 0)
      assert.type(retryable, 'boolean')
      assert.type(stack, 'string')
    }),
  )
})

test('an error’s own code, message and word on repeating are kept; ours stays as it is', () => {
  const own = Object.assign(new TypeError('mine'), { code: 'E_MINE', retryable: false })
  const { message, code, retryable, stack } = handlerError(own)
  assert.equal([message, code, retryable, stack], ['mine', 'E_MINE', false, own.stack])
  assert.is(handlerError(new RangeError('')).message, 'RangeError')
  assert.equal(handlerError(Object.assign(new Error('x'), { code: 404 })).code, 'HANDLER_FAILED')
  const ours = new AppError('TIMEOUT', 'late')
  assert.is(handlerError(ours), ours)
  assert.is(messageOf('text'), 'text')
  assert.is(messageOf({ thrown: 'an object' }), '{"thrown":"an object"}')
  assert.is(messageOf(10n), '10')
})

test('an error that says when to try again is heard, from a thread too; what is no wait is none', () => {
  const waitOf = (retryAfterMs: unknown): unknown[] => {
    const error = handlerError(Object.assign(new Error('busy'), { retryAfterMs }))
    return [retryAfterOf(error), retryAfterOf(errorOf(failureOf(error)))]
  }
  assert.equal(waitOf(90_000), [90_000, 90_000])
  assert.equal(waitOf(0), [0, 0])
  assert.equal(waitOf(Number.POSITIVE_INFINITY), [MAX_DELAY_MS, MAX_DELAY_MS])
  for (const none of [-1, Number.NaN, '90', null, undefined])
    assert.equal(waitOf(none), [undefined, undefined])
})

test('a large message is cut, and nothing of it is kept alive', () => {
  const before = process.memoryUsage().heapUsed
  const kept = Array.from({ length: 20 }, (_, n) => handlerError(new Error(`${n}`.padEnd(5e6, 'x'))))
  assert.ok(kept.every(({ message }) => message.length === 10_000))
  assert.ok(process.memoryUsage().heapUsed - before < 80e6, 'the 100 MB themselves are garbage')
})

test.run()
