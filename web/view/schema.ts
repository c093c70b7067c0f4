/** What the JSON schema of a job type says of one of its members. Pure. */

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The texts that a member may be; none where the schema does not say. */
export const enumOf = (schema: unknown, member: string): string[] => {
  const properties = isRecord(schema) ? schema['properties'] : undefined
  const found = isRecord(properties) ? properties[member] : undefined
  const all: unknown = isRecord(found) ? found['enum'] : undefined
  return Array.isArray(all) ? all.filter((it): it is string => typeof it === 'string') : []
}
