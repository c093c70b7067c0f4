/** The values that forms edit. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from '../../core/handler.ts'
import { amountOf, toMs, unitOf } from '../../web/console/post/durations.ts'
import { faultBeside, faultWithin } from '../../web/console/post/faults.ts'
import { defaultWords, rangeWords, splitHint } from '../../web/console/post/field-words.ts'
import type { Field, VariantsField } from '../../web/console/post/form-model.ts'
import {
  fits,
  initialOf,
  isSettled,
  memberValue,
  pointerTo,
  readJson,
  readNumbers,
  unknownNames,
  variantOf,
  withMember,
  writeNumbers,
} from '../../web/console/post/form-value.ts'
import { formOf } from '../../web/console/post/schema-form.ts'

const test = suite('web form value')

const of = (schema: z.ZodType): Field =>
  formOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
const variantsOf = (schema: z.ZodType): VariantsField => {
  const field = of(schema)
  assert.ok(field.kind === 'variants')
  return field
}
const membersOf = (schema: z.ZodType) => {
  const field = of(schema)
  assert.ok(field.kind === 'object')
  return field.members
}

test('a fresh form has what has to be there and can be known', () => {
  const schema = z.object({
    kind: z.literal('a'),
    name: z.string(),
    times: z.array(z.string()),
    inner: z.object({ on: z.literal(true) }),
    maybe: z.object({ on: z.literal(true) }).optional(),
    top: z.int().default(100),
  })
  assert.equal(initialOf(of(schema), true), { kind: 'a', times: [], inner: { on: true } })
  assert.is(initialOf(of(z.unknown()), true), undefined)
  assert.equal(initialOf(formOf({ type: 'string', default: 'x' }), true), 'x')
  const shape = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle') }),
    z.object({ kind: z.literal('b') }),
  ])
  assert.equal(initialOf(of(shape), true), { kind: 'circle' })
})

test('a member changes in its place, and what the form does not know stays', () => {
  const all = { members: membersOf(z.object({ ms: z.int(), a: z.string() })), isRequired: true }
  const value = { other: [1], ms: 5, more: 'x' }
  assert.is(JSON.stringify(withMember(value, 'ms', 7, all)), '{"other":[1],"ms":7,"more":"x"}')
  assert.equal(withMember(value, 'ms', undefined, all), { other: [1], more: 'x' })
  assert.equal(value, { other: [1], ms: 5, more: 'x' })
  assert.equal(withMember(undefined, 'a', 'b', all), { a: 'b' })
})

test('what comes anew takes its place in the order of the schema', () => {
  const all = { members: membersOf(z.object({ a: z.int(), b: z.int(), c: z.int() })), isRequired: true }
  assert.is(JSON.stringify(withMember({ x: 0, c: 3 }, 'a', 1, all)), '{"x":0,"a":1,"c":3}')
  assert.is(JSON.stringify(withMember({ a: 1, x: 0 }, 'c', 3, all)), '{"a":1,"x":0,"c":3}')
})

test('an object that may be missing is, once it is empty', () => {
  const members = membersOf(z.object({ a: z.int() }))
  assert.is(withMember({ a: 1 }, 'a', undefined, { members, isRequired: false }), undefined)
  assert.equal(withMember({ a: 1 }, 'a', undefined, { members, isRequired: true }), {})
})

test('a member named as something of every object is a member', () => {
  const made = withMember({}, '__proto__', 1, { members: [], isRequired: true })
  assert.is(JSON.stringify(made), '{"__proto__":1}')
  assert.is(memberValue({}, 'constructor'), undefined)
  assert.is(memberValue(made, '__proto__'), 1)
})

test('what is always the same is not filled in, unless something else stands there', () => {
  const [kind, maybe] = membersOf(z.object({ kind: z.literal('a'), maybe: z.literal('b').optional() }))
  assert.ok(kind && maybe)
  assert.equal([isSettled(kind, 'a'), isSettled(kind, 'z'), isSettled(kind, undefined)], [true, false, false])
  assert.not(isSettled(maybe, 'b'))
})

test('what does not fit its field is known', () => {
  const [text, count, list, inner] = membersOf(
    z.object({
      text: z.string(),
      count: z.int(),
      list: z.array(z.string()),
      inner: z.object({ a: z.string() }),
    }),
  ).map(({ field }) => field)
  assert.ok(text && count && list && inner)
  assert.ok([text, count, list, inner].every((it) => fits(it, undefined)))
  assert.equal([fits(text, 'a'), fits(text, 1)], [true, false])
  assert.equal([fits(count, 1), fits(count, '1'), fits(count, null)], [true, false, false])
  assert.equal(
    [fits(list, ['a', null]), fits(list, [1]), fits(list, Array(101).fill('a'))],
    [true, false, false],
  )
  assert.equal([fits(inner, { a: 7 }), fits(inner, [])], [true, false], 'each member is looked at by itself')
})

test('the variant of a value is found by what tells them apart', () => {
  const shape = variantsOf(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), r: z.number() }),
      z.object({ kind: z.literal('square'), side: z.number() }),
    ]),
  )
  assert.is(variantOf(shape, { kind: 'square', side: 1 }, undefined), 1)
  assert.is(variantOf(shape, { kind: 'square' }, undefined), 0, 'half filled in fits the first')
  assert.is(variantOf(shape, { kind: 'square' }, 1), 1, 'and stays with the one that was chosen')
  assert.is(variantOf(shape, 'text', undefined), -1)
  const scalar = variantsOf(z.union([z.string(), z.number()]))
  assert.is(variantOf(scalar, 7, 0), 1, 'a value of another kind is not of the chosen one')
  assert.is(variantOf(scalar, undefined, undefined), 0)
})

test('unknown members are named', () => {
  const members = membersOf(z.object({ a: z.string() }))
  assert.equal(unknownNames(members, { a: 1, b: 2, c: 3 }), ['b', 'c'])
})

test('numbers are read however they are pasted', () => {
  assert.equal(readNumbers('1, 2;3\n4\t5e3', false), { value: [1, 2, 3, 4, 5_000] })
  assert.equal(readNumbers(' [1, null, -2.5] ', true), { value: [1, null, -2.5] })
  assert.equal(readNumbers('  ', false), { value: undefined })
  assert.equal(readNumbers('1 two', false), { fault: 'two is not a number' })
  assert.equal(readNumbers('1 null', false), { fault: 'null is not a number' })
  assert.is(writeNumbers([1, null, 2.5]), '1, null, 2.5')
})

test('JSON that is none says why', () => {
  assert.equal(readJson('{"a":1}'), { value: { a: 1 } })
  assert.equal(readJson(' '), { value: undefined })
  const read = readJson('{')
  assert.match('fault' in read ? read.fault : '', /^Not JSON: /)
})

test('a fault stands at its field, and what no field shows at the one around it', () => {
  const faults = [
    { path: '/payload/ms', message: 'too large' },
    { path: '/payload/list/2/a', message: 'no' },
    { path: '/payload/extra', message: 'is not a field of this' },
    { path: '/payload/msx', message: 'another' },
  ]
  assert.is(faultWithin(faults, '/payload/ms'), 'too large')
  assert.is(faultWithin(faults, '/payload/list'), '2/a: no')
  assert.is(faultWithin(faults, '/payload/other'), undefined)
  const missing = { path: '/payload/ms', message: 'Invalid input: expected number, received undefined' }
  assert.is(faultWithin([missing], '/payload/ms'), 'is missing')
  assert.is(
    faultBeside(faults, '/payload', ['/payload/ms', '/payload/list']),
    'extra: is not a field of this; msx: another',
  )
  assert.is(pointerTo('/payload', 'a/b~c'), '/payload/a~1b~0c')
})

test('ranges, defaults and long hints in words', () => {
  const number = (schema: z.ZodType): string => rangeWords(of(schema))
  assert.is(number(z.int().min(0).max(3_600_000)), '0 to 3,600,000')
  assert.is(number(z.number().gt(0).lt(1)), 'more than 0 and less than 1')
  assert.is(number(z.number().min(0.5)), '0.5 or more')
  assert.is(number(z.number()), '')
  assert.is(number(z.array(z.number()).min(20).max(100_000)), '20 to 100,000')
  assert.is(number(z.array(z.string()).min(1)), '1 item or more')
  assert.is(defaultWords(formOf({ type: 'integer', default: 100 })), 'default 100')
  const { head, rest } = splitHint(`The first sentence. ${'More of it. '.repeat(40)}`)
  assert.is(head, 'The first sentence.')
  assert.ok(rest.startsWith('More of it.'))
  assert.equal(splitHint('Short. And whole.'), { head: 'Short. And whole.', rest: '' })
})

test('durations have the unit that needs no fraction', () => {
  assert.equal([unitOf(90_000), amountOf(90_000, 's')], ['s', 90])
  assert.equal([unitOf(7_200_000), unitOf(250), unitOf(0)], ['h', 'ms', 'ms'])
  assert.is(toMs(1.5, 'min'), 90_000)
})

test.run()
