import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { jobErrorOf } from '../../consumer/task.ts'
import { AppError, codeOf, faultsOf, toError } from '../../core/errors.ts'

const test = suite('errors')

const cyclic = (): unknown => {
  const it: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  it['self'] = it
  return it
}
const hostile: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  'a text': 'x',
  'a number': 7,
  'a BigInt': 1n,
  'a symbol': Symbol('s'),
  'a function': () => {},
  'an object': { a: 1 },
  'an object without prototype': Object.create(null),
  'a cyclic object without prototype': cyclic(),
  'an object whose toJSON throws': {
    toJSON: () => {
      throw new Error('no')
    },
  },
  'an object that can be no text': {
    toJSON: () => {
      throw new Error('no')
    },
    toString: () => {
      throw new Error('no')
    },
  },
  'an error with a message that is none': Object.assign(new Error('x'), { message: Symbol('s') }),
  'an error without a message': Object.assign(new Error('x'), { message: undefined }),
  'an error with a code that is none': Object.assign(new Error('x'), { code: { a: 1 } }),
}

for (const [what, thrown] of Object.entries(hostile)) {
  test(`${what} that a handler throws is an error like any other`, () => {
    assert.instance(toError(thrown), Error)
    const error = jobErrorOf(thrown)
    assert.type(error.message, 'string')
    assert.is(error.code, 'HANDLER_FAILED')
    assert.ok(error.retryable)
  })
}

test('anything at all can be thrown', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true, withBigInt: true, withSymbolKeys: true } as object),
      (thrown) => {
        assert.instance(toError(thrown), Error)
        assert.type(jobErrorOf(thrown).message, 'string')
      },
    ),
    { numRuns: 300 },
  )
})

test('a failure is kept as PostgreSQL can keep it: bounded, well-formed, without NUL', () => {
  const { message } = jobErrorOf(new Error(`a\0b \ud800 ${'x'.repeat(20_000)}`))
  assert.ok(message.length <= 10_000 && message.isWellFormed() && !message.includes('\0'))
})

test('codes of ours, of Node and of PostgreSQL are kept, and only what says so is not repeated', () => {
  assert.is(codeOf(new AppError('TIMEOUT', 'x')), 'TIMEOUT')
  assert.is(codeOf(Object.assign(new Error('x'), { code: 'ECONNRESET' })), 'ECONNRESET')
  assert.is(codeOf('x'), 'INTERNAL')
  assert.not.ok(jobErrorOf(new AppError('REQUEST_INVALID', 'x')).retryable)
  assert.ok(jobErrorOf(new AppError('TIMEOUT', 'x', { retryable: true })).retryable)
  assert.not.ok(jobErrorOf(Object.assign(new Error('x'), { retryable: false })).retryable)
})

test('faults point into the input (RFC 6901)', () => {
  const schema = z.strictObject({ 'a/b': z.object({ 'c~d': z.array(z.number()) }) })
  const parsed = schema.safeParse({ 'a/b': { 'c~d': [1, 'x'] }, y: 1, z: 2 })
  assert.not.ok(parsed.success)
  const paths = faultsOf(parsed.error?.issues ?? [], '/payload').map(({ path }) => path)
  assert.equal(paths.sort(), ['/payload/a~1b/c~0d/1', '/payload/y', '/payload/z'])
})

test.run()
