/** What the fields of a form have in common: what they are given, their words, and texts that are no values yet. */
import { useEffect, useState } from 'preact/hooks'
import type { Fault } from '../../kit/api/problem.ts'
import { defaultWords, rangeWords } from './field-words.ts'
import type { Field } from './form-model.ts'
import type { Read } from './form-value.ts'

/** What all fields of a form share. */
export interface FormParts {
  /** Of the last try to post. */
  readonly faults: readonly Fault[]
  /** Says that what stands in a field is no value yet; undefined: it is one. */
  readonly onDraft: (pointer: string, fault: string | undefined) => void
}

export interface FieldProps<F extends Field = Field> {
  readonly field: F
  readonly name: string
  readonly pointer: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly isRequired: boolean
  readonly isBare?: boolean
  readonly form: FormParts
}

export const hintOf = (field: Field): string =>
  [field.hint ?? '', rangeWords(field), defaultWords(field)].filter((it) => it !== '').join(' · ')

/** Its title, and the name that JSON knows it by. */
export const nameOf = ({ field, name }: Pick<FieldProps, 'field' | 'name'>): string =>
  field.title === undefined || field.title === name ? name : `${field.title} (${name})`

/** A text that is not always a value: the value stays what it was until the text is one. */
export const useDraft = (
  { value, onChange, pointer, form }: FieldProps,
  write: (value: unknown) => string,
  read: (text: string) => Read,
) => {
  const [draft, setDraft] = useState(() => ({ text: write(value), value, fault: '' }))
  // It was changed elsewhere.
  const { text, fault } = Object.is(draft.value, value) ? draft : { text: write(value), fault: '' }
  const { onDraft } = form
  useEffect(() => {
    onDraft(pointer, fault === '' ? undefined : fault)
    return () => onDraft(pointer, undefined)
  }, [fault, pointer, onDraft])
  const onText = (next: string, isBad = false): void => {
    const got = isBad ? { fault: 'Not a number' } : read(next)
    if ('fault' in got) setDraft({ text: next, value, fault: got.fault })
    else {
      setDraft({ text: next, value: got.value, fault: '' })
      onChange(got.value)
    }
  }
  return { text, fault, onText }
}
