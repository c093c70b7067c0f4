/** What the JSON schema of a job type says of one of its members. Pure. */

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const memberOf = (schema: unknown, member: string): Record<string, unknown> => {
  const properties = isRecord(schema) ? schema['properties'] : undefined
  const found = isRecord(properties) ? properties[member] : undefined
  return isRecord(found) ? found : {}
}

/** The texts that a member may be; none where the schema does not say. */
export const enumOf = (schema: unknown, member: string): string[] => {
  const all = memberOf(schema, member)['enum']
  return Array.isArray(all) ? all.filter((it): it is string => typeof it === 'string') : []
}

/** What it says of a member in words; '' where it does not. */
export const descriptionOf = (schema: unknown, member: string): string => {
  const text = memberOf(schema, member)['description']
  return typeof text === 'string' ? text : ''
}
