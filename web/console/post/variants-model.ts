/** A field that is one of several: a choice where all are constants, else variants by their names. Pure. */
import type { Field } from './form-model.ts'
import { commonOf, type Schema } from './schema-parts.ts'

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

export const variantsField = (schema: Schema, branches: readonly Field[]): Field => {
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
