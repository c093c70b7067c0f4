/** What a JSON Schema says, read without trusting it. Pure. */

export type Schema = Readonly<Record<string, unknown>>

export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const textIn = (schema: Schema, name: string): string | undefined => {
  const value = schema[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What `z.int()` says of its range is no more than that it is a number that JavaScript can count with. */
export const numberIn = (schema: Schema, name: string): number | undefined => {
  const value = schema[name]
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined
}

export const listIn = (schema: Schema, name: string): readonly unknown[] | undefined => {
  const value = schema[name]
  return Array.isArray(value) ? value : undefined
}

export const commonOf = (schema: Schema) => ({
  title: textIn(schema, 'title'),
  hint: textIn(schema, 'description'),
  fallback: schema['default'],
})

export const without = (schema: Schema, ...names: readonly string[]): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)))

/** The schema that a local reference names; undefined where there is none. */
export const resolve = (root: Schema, ref: string): Schema | undefined => {
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
export const merge = (a: Schema, b: Schema): Schema | undefined => {
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

export const definedOf = <T extends object>(it: T): Partial<T> =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as Partial<T>
