/** From a JSON Schema (2020-12) to a form. What can't be drawn becomes a field for JSON, never an error. Pure. */
import type { Field, Member, NumberField, ObjectField, TextField } from './form-model.ts'

type Schema = Readonly<Record<string, unknown>>

/** Of objects within objects; deeper ones are JSON. */
const MAX_DEPTH = 4
/** A list of so many numbers at least is pasted, not typed. */
const MANY = 6
/** Longer texts get more than a line. */
const LONG = 200

interface Place {
  readonly root: Schema
  /** References followed on the way here: a schema may contain itself. */
  readonly refs: readonly string[]
  readonly depth: number
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textIn = (schema: Schema, name: string): string | undefined => {
  const value = schema[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What `z.int()` says of its range is no more than that it is a number that JavaScript can count with. */
const numberIn = (schema: Schema, name: string): number | undefined => {
  const value = schema[name]
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined
}

const listIn = (schema: Schema, name: string): readonly unknown[] | undefined => {
  const value = schema[name]
  return Array.isArray(value) ? value : undefined
}

const commonOf = (schema: Schema) => ({
  title: textIn(schema, 'title'),
  hint: textIn(schema, 'description'),
  fallback: schema['default'],
})

const without = (schema: Schema, ...names: readonly string[]): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)))

/** The schema that a local reference names; undefined where there is none. */
const resolve = (root: Schema, ref: string): Schema | undefined => {
  if (!ref.startsWith('#')) return undefined
  let here: unknown = root
  for (const part of ref.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    here = isSchema(here) && Object.hasOwn(here, name) ? here[name] : undefined
  }
  return isSchema(here) ? here : undefined
}

const mergeable = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'title',
  'description',
  'default',
  '$schema',
  '$defs',
])

/** What fits both: for objects with plain properties; undefined for others. */
const merge = (a: Schema, b: Schema): Schema | undefined => {
  const isPlain = [a, b].every((it) => Object.keys(it).every((name) => mergeable.has(name)))
  if (!isPlain || ![a, b].every((it) => it['type'] === undefined || it['type'] === 'object')) return undefined
  const of = (it: Schema): Schema => (isSchema(it['properties']) ? it['properties'] : {})
  return {
    ...a,
    ...b,
    type: 'object',
    properties: { ...of(a), ...of(b) },
    required: [...(listIn(a, 'required') ?? []), ...(listIn(b, 'required') ?? [])],
  }
}

const json = (schema: Schema): Field => {
  const type = schema['type']
  const shape = type === 'array' ? 'list' : type === 'object' ? 'object' : undefined
  return { kind: 'json', ...commonOf(schema), shape }
}

const formats: Readonly<Record<string, TextField['format']>> = {
  uri: 'url',
  url: 'url',
  uuid: 'uuid',
  'date-time': 'date-time',
  date: 'date',
  email: 'email',
}

const textField = (schema: Schema): Field => {
  const examples = listIn(schema, 'examples')
  const example = textIn(schema, 'example') ?? examples?.find((it) => typeof it === 'string')
  return {
    kind: 'text',
    ...commonOf(schema),
    format: formats[textIn(schema, 'format') ?? ''],
    isLong: (numberIn(schema, 'maxLength') ?? 0) > LONG,
    example,
  }
}

const numberField = (schema: Schema, isWhole: boolean): NumberField => {
  const [min, over] = [numberIn(schema, 'minimum'), numberIn(schema, 'exclusiveMinimum')]
  const [max, under] = [numberIn(schema, 'maximum'), numberIn(schema, 'exclusiveMaximum')]
  return {
    kind: 'number',
    ...commonOf(schema),
    isWhole,
    min: over ?? min,
    max: under ?? max,
    isMinOut: over !== undefined,
    isMaxOut: under !== undefined,
    step: numberIn(schema, 'multipleOf') ?? (isWhole ? 1 : undefined),
  }
}

const isSimple = (field: Field): boolean =>
  field.kind === 'number' || field.kind === 'choice' || (field.kind === 'text' && !field.isLong)

const listField = (schema: Schema, place: Place): Field => {
  if (!isSchema(schema['items']) || schema['prefixItems'] !== undefined) return json(schema)
  const item = translate(schema['items'], place)
  const [least, most] = [numberIn(schema, 'minItems') ?? 0, numberIn(schema, 'maxItems') ?? Infinity]
  const isNumber = (it: Field): boolean => it.kind === 'number'
  const parts = item.kind === 'variants' ? item.variants.map(({ field }) => field) : [item]
  const [numbers, others] = [parts.filter(isNumber), parts.filter((it) => !isNumber(it))]
  const areGaps = others.every((it) => it.kind === 'constant' && it.value === null)
  if (numbers.length === 1 && areGaps && (others.length > 0 || least >= MANY))
    return { kind: 'numbers', ...commonOf(schema), hasGaps: others.length > 0, least, most }
  return isSimple(item) ? { kind: 'list', ...commonOf(schema), item, least, most } : json(schema)
}

const objectField = (schema: Schema, place: Place): Field => {
  const properties = schema['properties']
  if (!isSchema(properties) || Object.keys(properties).length === 0) return json(schema)
  if (place.depth >= MAX_DEPTH) return json(schema)
  const required = new Set(listIn(schema, 'required'))
  const deeper = { ...place, depth: place.depth + 1 }
  const members = Object.entries(properties).map(
    ([name, it]): Member => ({
      name,
      field: translate(it, deeper),
      isRequired: required.has(name),
    }),
  )
  return { kind: 'object', ...commonOf(schema), members, oneOf: [] }
}

const typeWords: Readonly<Record<Field['kind'], string>> = {
  text: 'Text',
  number: 'Number',
  choice: 'Choice',
  constant: 'Constant',
  list: 'List',
  numbers: 'Numbers',
  object: 'Object',
  variants: 'Variants',
  json: 'JSON',
}

/** The values that tell this object from its siblings: `circle`. */
const constantsOf = (field: Field): string =>
  field.kind === 'object'
    ? field.members.flatMap(({ field: it }) => (it.kind === 'constant' ? [String(it.value)] : [])).join(', ')
    : ''

const labelOf = (field: Field): string => {
  if (field.title !== undefined) return field.title
  if (field.kind === 'constant') return field.value === null ? 'Nothing (null)' : JSON.stringify(field.value)
  if (field.kind === 'json' && field.shape !== undefined)
    return field.shape === 'list' ? 'List, as JSON' : 'Object, as JSON'
  if (field.kind !== 'object') return typeWords[field.kind]
  return constantsOf(field) || field.members.map(({ name }) => name).join(', ')
}

const variantsField = (schema: Schema, branches: readonly Field[]): Field => {
  const common = commonOf(schema)
  if (branches.every((it) => it.kind === 'constant' || it.kind === 'choice')) {
    const options = branches.flatMap((it) =>
      it.kind === 'constant' ? [it.value] : it.kind === 'choice' ? it.options : [],
    )
    return { kind: 'choice', ...common, options }
  }
  const labels = branches.map(labelOf)
  const variants = branches.map((field, index) => {
    const label = labels[index] ?? ''
    const isOnly = labels.filter((it) => it === label).length === 1
    return {
      label: isOnly ? label : `${label} ${labels.slice(0, index + 1).filter((it) => it === label).length}`,
      field,
    }
  })
  return { kind: 'variants', ...common, variants }
}

/** Branches that do no more than to name members that have to be there. */
const requiredGroups = (branches: readonly unknown[]): readonly (readonly string[])[] | undefined => {
  const groups = branches.map((it) =>
    isSchema(it) && Object.keys(it).every((name) => name === 'required') ? listIn(it, 'required') : undefined,
  )
  return groups.every((it) => it !== undefined) ? groups.map((it) => it.map(String)) : undefined
}

const unionField = (schema: Schema, branches: readonly unknown[], place: Place): Field => {
  const base = without(schema, 'anyOf', 'oneOf', 'discriminator')
  const groups = requiredGroups(branches)
  if (groups) {
    const drawn = translate(base, place)
    return drawn.kind === 'object' ? ({ ...drawn, oneOf: groups } satisfies ObjectField) : drawn
  }
  const hasOwn = base['type'] !== undefined || base['properties'] !== undefined
  const found = branches.map((it) => {
    if (!isSchema(it)) return undefined
    const ref = textIn(it, '$ref')
    const named = ref === undefined ? it : resolve(place.root, ref)
    // What stands beside the branches holds in each of them.
    return hasOwn ? named && merge(without(base, 'title', 'description', 'default'), named) : it
  })
  if (found.some((it) => it === undefined)) return json(schema)
  const fields = found.map((it) => translate(it, place))
  const [only] = fields
  return fields.length === 1 && only ? { ...only, ...definedOf(commonOf(base)) } : variantsField(base, fields)
}

const definedOf = <T extends object>(it: T): Partial<T> =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as Partial<T>

const translate = (schema: unknown, place: Place): Field => {
  if (!isSchema(schema)) return { kind: 'json' }
  const ref = textIn(schema, '$ref')
  if (ref !== undefined) {
    const named = resolve(place.root, ref)
    if (!named || place.refs.includes(ref)) return json(schema)
    return translate({ ...named, ...without(schema, '$ref') }, { ...place, refs: [...place.refs, ref] })
  }
  const all = listIn(schema, 'allOf')
  if (all) {
    const parts = all.map((it) =>
      isSchema(it) && typeof it['$ref'] === 'string' ? resolve(place.root, it['$ref']) : it,
    )
    const whole = parts.reduce<Schema | undefined>(
      (sum, it) => (sum && isSchema(it) ? merge(sum, it) : undefined),
      without(schema, 'allOf'),
    )
    return whole ? translate(whole, place) : json(schema)
  }
  if ('const' in schema) return { kind: 'constant', ...commonOf(schema), value: schema['const'] }
  const options = listIn(schema, 'enum')
  if (options && options.length > 0) return { kind: 'choice', ...commonOf(schema), options }
  const [any, one] = [listIn(schema, 'anyOf'), listIn(schema, 'oneOf')]
  if (any && one) return json(schema)
  const branches = any ?? one
  if (branches && branches.length > 0) return unionField(schema, branches, place)
  return byType(schema, place)
}

const byType = (schema: Schema, place: Place): Field => {
  const types = listIn(schema, 'type')
  if (types) {
    const fields = types.map((type) =>
      translate({ ...without(schema, 'title', 'description', 'default'), type }, place),
    )
    const [only] = fields
    if (!only) return json(schema)
    return fields.length === 1 ? { ...only, ...definedOf(commonOf(schema)) } : variantsField(schema, fields)
  }
  switch (schema['type'] ?? (isSchema(schema['properties']) ? 'object' : undefined)) {
    case 'string':
      return textField(schema)
    case 'number':
      return numberField(schema, false)
    case 'integer':
      return numberField(schema, true)
    case 'boolean':
      return { kind: 'choice', ...commonOf(schema), options: [true, false] }
    case 'null':
      return { kind: 'constant', ...commonOf(schema), value: null }
    case 'array':
      return listField(schema, place)
    case 'object':
      return objectField(schema, place)
    default:
      return json(schema)
  }
}

/** The form of a payload. */
export const formOf = (schema: unknown): Field =>
  translate(schema, { root: isSchema(schema) ? schema : {}, refs: [], depth: 0 })
