/** From a JSON Schema (2020-12) to a form. What can't be drawn becomes a field for JSON, never an error. Pure. */
import type { Field, Member, ObjectField } from './form-model.ts'
import { isSimple, json, numberField, textField } from './leaf-models.ts'
import {
  commonOf,
  definedOf,
  isSchema,
  listIn,
  merge,
  numberIn,
  resolve,
  type Schema,
  textIn,
  without,
} from './schema-parts.ts'
import { variantsField } from './variants-model.ts'

/** Of objects within objects; deeper ones are JSON. */
const MAX_DEPTH = 4
/** A list of so many numbers at least is pasted, not typed. */
const MANY = 6
interface Place {
  readonly root: Schema
  /** References followed on the way here: a schema may contain itself. */
  readonly refs: readonly string[]
  readonly depth: number
}

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
