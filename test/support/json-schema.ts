/** As much of JSON Schema (2020-12) as an OpenAPI 3.1 document of ours uses; an unknown keyword is an error. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Schema = { readonly [keyword: string]: Json }

const isObject = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a `#/a/b` reference points at; undefined where there is nothing. */
export const resolveRef = (document: Json, ref: string): Json | undefined => {
  if (!ref.startsWith('#/')) return undefined
  let at: Json | undefined = document
  for (const part of ref.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    at = isObject(at) ? at[name] : undefined
  }
  return at
}

const typeOf = (value: Json): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

const hasType = (value: Json, type: Json): boolean =>
  type === typeOf(value) || (type === 'integer' && Number.isInteger(value))

const formats: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
}

const annotations = new Set(['description', 'title', 'default', 'example', 'examples', '$schema'])

/** What is wrong with a value, each with its place; properties that the schema does not name are wrong here. */
export const faultsOf = (document: Json, schema: Json, value: Json, at = ''): string[] => {
  if (schema === true || (isObject(schema) && Object.keys(schema).length === 0)) return []
  if (!isObject(schema)) return [`${at}: ${JSON.stringify(schema)} is no schema`]
  const faults: string[] = []
  for (const [keyword, rule] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue
    if (keyword === '$ref') {
      const target = resolveRef(document, String(rule))
      faults.push(
        ...(target === undefined ? [`${at}: ${rule} is not there`] : faultsOf(document, target, value, at)),
      )
    } else if (keyword === 'type') {
      const types = Array.isArray(rule) ? rule : [rule]
      if (!types.some((type: Json) => hasType(value, type)))
        faults.push(`${at}: is ${typeOf(value)}, not ${types}`)
    } else if (keyword === 'enum') {
      if (!Array.isArray(rule) || !rule.includes(value)) faults.push(`${at}: ${value} is none of ${rule}`)
    } else if (keyword === 'format' || keyword === 'pattern') {
      const pattern = keyword === 'format' ? formats[String(rule)] : new RegExp(String(rule))
      if (pattern && !pattern.test(String(value))) faults.push(`${at}: ${value} is no ${rule}`)
    } else if (keyword === 'minimum' || keyword === 'maximum') {
      if (typeof value === 'number' && (keyword === 'minimum' ? value < Number(rule) : value > Number(rule)))
        faults.push(`${at}: is ${value}; ${keyword} is ${rule}`)
    } else if (keyword === 'minLength' || keyword === 'maxLength') {
      const length = typeof value === 'string' ? [...value].length : Number(rule)
      if (keyword === 'minLength' ? length < Number(rule) : length > Number(rule))
        faults.push(`${at}: has ${length} characters; ${keyword} is ${rule}`)
    } else if (keyword === 'required') {
      for (const name of Array.isArray(rule) ? rule : []) {
        if (!isObject(value) || value[String(name)] === undefined) faults.push(`${at}/${name}: is missing`)
      }
    } else if (keyword === 'properties') {
      if (!isObject(value) || !isObject(rule)) continue
      for (const [name, item] of Object.entries(value)) {
        const own = rule[name]
        if (own !== undefined) faults.push(...faultsOf(document, own, item, `${at}/${name}`))
        else if (schema['additionalProperties'] === undefined) faults.push(`${at}/${name}: is not documented`)
      }
    } else if (keyword === 'items') {
      if (!Array.isArray(value)) continue
      for (const [index, item] of value.entries())
        faults.push(...faultsOf(document, rule, item, `${at}/${index}`))
    } else if (keyword === 'anyOf') {
      const options = Array.isArray(rule) ? rule : []
      if (!options.some((option: Json) => faultsOf(document, option, value, at).length === 0))
        faults.push(`${at}: fits none of ${options.length}`)
    } else if (!['additionalProperties', 'propertyNames'].includes(keyword)) {
      faults.push(`${at}: the keyword ${keyword} is not known`)
    }
  }
  return faults
}
