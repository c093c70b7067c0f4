/** Forms from JSON Schemas: those of all handlers that ship, and tricky ones. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import detect from '../../consumer/handlers/detect/index.ts'
import noop from '../../consumer/handlers/noop.ts'
import scan from '../../consumer/handlers/scan/index.ts'
import sleep from '../../consumer/handlers/sleep.ts'
import watch from '../../consumer/handlers/watch/index.ts'
import webhook from '../../consumer/handlers/webhook/index.ts'
import { z } from '../../core/handler.ts'
import type { Field } from '../../web/console/post/form-model.ts'
import { formOf } from '../../web/console/post/schema-form.ts'

const test = suite('web schema form')

/** As `GET /api/types` gives it. */
const of = (schema: z.ZodType): Field =>
  formOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))

/** A form in few words: `{ms!: number, failures: number}`. */
const brief = (field: Field): string => {
  switch (field.kind) {
    case 'object':
      return `{${field.members.map((it) => `${it.name}${it.isRequired ? '!' : ''}: ${brief(it.field)}`).join(', ')}}`
    case 'variants':
      return `(${field.variants.map((it) => `${it.label} = ${brief(it.field)}`).join(' | ')})`
    case 'list':
      return `[${brief(field.item)}]`
    case 'choice':
      return field.options.length > 4 ? 'choice' : JSON.stringify(field.options)
    case 'constant':
      return JSON.stringify(field.value)
    default:
      return field.kind
  }
}

test('every shipped handler has a form', () => {
  const forms = [detect, noop, scan, sleep, watch, webhook].map(
    ({ type, schema }) => [type, brief(of(schema))] as const,
  )
  assert.equal(Object.fromEntries(forms), {
    detect:
      '{series: (Numbers = numbers | List, as JSON = json | Text = text), dataSet: text, columns: json, timestamps: json, ' +
      'detector: choice, threshold: number, scores: [true,false], band: [true,false]}',
    noop: 'json',
    scan: '{dataSet!: text, detector: choice, threshold: number, top: number, priority: ["normal","high","low"]}',
    sleep: '{ms!: number, failures: number}',
    watch: '{series!: text, points!: json, detector: ["forecast","relative-entropy"]}',
    webhook: '{series!: text, alarm!: text}',
  })
})

test('one of some groups of members has to be there', () => {
  const field = of(detect.schema)
  assert.equal(field.kind === 'object' && field.oneOf, [['series'], ['columns']])
})

test('a number knows its range, and that an edge is outside', () => {
  const field = of(z.object({ a: z.int().min(1).max(9), b: z.number().gt(0).lt(1), c: z.int() }))
  const [a, b, c] = field.kind === 'object' ? field.members.map((it) => it.field) : []
  assert.ok(a?.kind === 'number' && b?.kind === 'number' && c?.kind === 'number')
  assert.equal([a.min, a.max, a.isWhole, a.step, a.isMinOut], [1, 9, true, 1, false])
  assert.equal(
    [b.min, b.max, b.isWhole, b.step, b.isMinOut, b.isMaxOut],
    [0, 1, false, undefined, true, true],
  )
  assert.equal([c.min, c.max], [undefined, undefined], 'what a whole number can be at all is no range')
})

test('texts: formats, long ones, examples, defaults', () => {
  const schema = z.object({
    url: z.url(),
    id: z.uuid(),
    when: z.iso.datetime(),
    long: z.string().max(5_000),
    named: z
      .string()
      .default('x')
      .describe('what it is')
      .meta({ examples: ['y'] }),
  })
  const field = of(schema)
  const members = field.kind === 'object' ? field.members : []
  const texts = members.map(({ field: it }) => (it.kind === 'text' ? [it.format, it.isLong] : it.kind))
  assert.equal(texts, [
    ['url', false],
    ['uuid', false],
    ['date-time', false],
    [undefined, true],
    [undefined, false],
  ])
  const named = members.at(-1)
  assert.is(named?.isRequired, false)
  assert.equal(
    named && [named.field.fallback, named.field.hint, named.field.kind === 'text' && named.field.example],
    ['x', 'what it is', 'y'],
  )
})

test('lists: simple items are rows, many numbers are pasted, the rest is JSON', () => {
  assert.is(brief(of(z.array(z.string()))), '[text]')
  assert.is(brief(of(z.array(z.enum(['a', 'b'])))), '[["a","b"]]')
  assert.is(brief(of(z.array(z.number()))), '[number]')
  assert.is(brief(of(z.array(z.number()).min(20))), 'numbers')
  assert.is(brief(of(z.array(z.number().nullable()))), 'numbers')
  assert.is(brief(of(z.array(z.object({ a: z.string() })))), 'json')
  assert.is(brief(of(z.tuple([z.string(), z.number()]))), 'json')
})

test('unions: of values a choice, of kinds variants with names of their own', () => {
  assert.is(brief(of(z.union([z.literal('a'), z.literal(2)]))), '["a",2]')
  assert.is(brief(of(z.string().nullable())), '(Text = text | Nothing (null) = null)')
  assert.is(brief(of(z.union([z.string(), z.number()]))), '(Text = text | Number = number)')
  const shape = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), r: z.number() }),
    z.object({ kind: z.literal('square'), side: z.number() }),
  ])
  assert.is(
    brief(of(shape)),
    '(circle = {kind!: "circle", r!: number} | square = {kind!: "square", side!: number})',
  )
  assert.is(
    brief(of(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]))),
    '(a = {a!: text} | b = {b!: text})',
  )
  assert.is(brief(formOf({ type: ['string', 'null'] })), '(Text = text | Nothing (null) = null)')
  assert.is(brief(formOf({ type: ['integer'] })), 'number')
  assert.is(
    brief(formOf({ anyOf: [{ type: 'string' }, { type: 'string' }] })),
    '(Text 1 = text | Text 2 = text)',
  )
})

test('what stands beside the branches of a union holds in each of them', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    oneOf: [
      { properties: { a: { type: 'number' } }, required: ['a'] },
      { properties: { b: { type: 'number' } } },
    ],
  }
  assert.is(
    brief(formOf(schema)),
    '(name, a = {name!: text, a!: number} | name, b = {name!: text, b: number})',
  )
})

test('intersections of objects are one object', () => {
  const both = z.intersection(z.object({ a: z.string() }), z.object({ b: z.number().optional() }))
  assert.is(brief(of(both)), '{a!: text, b: number}')
})

test('references are followed, and what contains itself ends', () => {
  const schema = {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: { name: { type: 'string' }, next: { $ref: '#/$defs/node' } },
        required: ['name'],
      },
    },
  }
  assert.is(brief(formOf(schema)), '{name!: text, next: json}')
  assert.is(brief(formOf({ $ref: '#/$defs/none' })), 'json')
  assert.is(brief(formOf({ $ref: 'https://example.com/schema' })), 'json')
  interface Tree {
    readonly children: readonly Tree[]
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.object({ children: z.array(tree) }))
  assert.match(brief(of(tree)), /children!: json/)
})

test('objects within objects, and too many of them', () => {
  assert.is(
    brief(of(z.object({ a: z.object({ b: z.object({ c: z.boolean() }) }) }))),
    '{a!: {b!: {c!: [true,false]}}}',
  )
  assert.is(brief(of(z.record(z.string(), z.number()))), 'json')
  let deep: z.ZodType = z.string()
  for (let it = 0; it < 9; it++) deep = z.object({ a: deep })
  assert.match(brief(of(deep)), /^\{a!: \{a!: \{a!: \{a!: json\}\}\}\}$/)
})

test('nothing is an error: whatever a schema is, there is a form', () => {
  const parts: readonly unknown[] = [
    true,
    null,
    7,
    'string',
    'object',
    'array',
    [],
    ['string', 7],
    {},
    { $ref: '#' },
    { type: 'array', items: 3 },
    { anyOf: [] },
    { oneOf: [true, { type: 'string' }] },
    { allOf: [{ not: {} }] },
    { type: 'object', properties: { a: null } },
    { enum: [] },
    { const: { a: 1 } },
  ]
  const names = [
    'type',
    'properties',
    'items',
    'anyOf',
    'oneOf',
    'allOf',
    'enum',
    'const',
    '$ref',
    'required',
    'minimum',
  ]
  for (const name of names) {
    for (const part of parts) {
      const field = formOf({ [name]: part, title: 3, description: [] })
      assert.type(field.kind, 'string')
      assert.type(formOf({ type: 'object', properties: { a: { [name]: part } } }).kind, 'string')
    }
  }
  for (const part of parts) assert.type(formOf(part).kind, 'string')
})

test.run()
