/** The fields of a form that hold one value, from their schemas. Pure. */
import type { Field, NumberField, TextField } from './form-model.ts'
import { commonOf, listIn, numberIn, type Schema, textIn } from './schema-parts.ts'

/** Longer texts get more than a line. */
const LONG = 200

export const json = (schema: Schema): Field => {
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

export const textField = (schema: Schema): Field => {
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

export const numberField = (schema: Schema, isWhole: boolean): NumberField => {
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

export const isSimple = (field: Field): boolean =>
  field.kind === 'number' || field.kind === 'choice' || (field.kind === 'text' && !field.isLong)
