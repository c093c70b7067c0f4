/** Fields whose text is not always a value: the value stays what it was until the text is one. */
import { plural } from '../../kit/format.ts'
import { jsonText } from '../../kit/json-text.ts'
import { type FieldProps, hintOf, useDraft } from './field-parts.ts'
import { defaultWords, rangeWords } from './field-words.ts'
import type { JsonField, NumberField, NumbersField } from './form-model.ts'
import { readJson, readNumber, readNumbers, writeNumbers } from './form-value.ts'
import { LeafFrame } from './leaf-frame.tsx'

const writeNumber = (value: unknown): string => (typeof value === 'number' ? String(value) : '')

export const NumberLeaf = (props: FieldProps<NumberField>) => {
  const { field } = props
  const { text, fault, onText } = useDraft(props, writeNumber, readNumber)
  return (
    <LeafFrame of={props} hint={hintOf(field)} fault={fault}>
      {(input) => (
        <input
          {...input}
          type="number"
          class="post-number num"
          step={field.step ?? 'any'}
          {...(field.min === undefined || field.isMinOut ? {} : { min: field.min })}
          {...(field.max === undefined || field.isMaxOut ? {} : { max: field.max })}
          placeholder={writeNumber(field.fallback)}
          value={text}
          onInput={({ currentTarget: it }) => onText(it.value, it.validity.badInput)}
        />
      )}
    </LeafFrame>
  )
}

export const NumbersLeaf = (props: FieldProps<NumbersField>) => {
  const { field, value } = props
  const { text, fault, onText } = useDraft(props, writeNumbers, (it) => readNumbers(it, field.hasGaps))
  const gaps = field.hasGaps ? '; null where one is missing' : ''
  const range = rangeWords(field)
  return (
    <LeafFrame
      of={props}
      hint={[field.hint ?? '', defaultWords(field)].filter((it) => it !== '').join(' · ')}
      fault={fault}
    >
      {(input) => (
        <>
          <textarea
            {...input}
            rows={4}
            spellcheck={false}
            placeholder={`Paste numbers, between spaces, commas or lines${gaps}`}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
          <span class="post-count num">
            {Array.isArray(value) ? plural(value.length, 'number') : 'No numbers yet'}
            {range !== '' && ` (${range})`}
          </span>
        </>
      )}
    </LeafFrame>
  )
}

export const JsonLeaf = (props: FieldProps<JsonField> & { readonly rows?: number }) => {
  const { field, rows = 3 } = props
  const { text, fault, onText } = useDraft(props, jsonText, readJson)
  return (
    <LeafFrame of={props} hint={hintOf(field)} fault={fault}>
      {(input) => (
        <textarea
          {...input}
          rows={rows}
          spellcheck={false}
          placeholder="JSON"
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </LeafFrame>
  )
}
