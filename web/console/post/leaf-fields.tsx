/** Fields that edit one value as a whole, and always hold one. */
import { jsonText } from '../../kit/json-text.ts'
import { type FieldProps, hintOf } from './field-parts.ts'
import { defaultWords } from './field-words.ts'
import type { ChoiceField, ConstantField, TextField } from './form-model.ts'
import { isSame } from './form-value.ts'
import { LeafFrame } from './leaf-frame.tsx'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const TextLeaf = (props: FieldProps<TextField>) => {
  const { field, value, onChange, isRequired, isBare = false } = props
  const text = textOf(value)
  // A text that may be missing is, once it is empty; one that has to be there may be empty.
  const change = (next: string): void => onChange(next === '' && !isRequired && !isBare ? undefined : next)
  const { format } = field
  return (
    <LeafFrame of={props} hint={hintOf(field)}>
      {(input) =>
        field.isLong || text.includes('\n') ? (
          <textarea
            {...input}
            class="post-text"
            rows={4}
            value={text}
            onInput={(event) => change(event.currentTarget.value)}
          />
        ) : (
          <input
            {...input}
            type="text"
            inputMode={format === 'url' || format === 'email' ? format : 'text'}
            class={format === 'uuid' || format === 'date-time' ? 'mono' : ''}
            autocomplete="off"
            spellcheck={false}
            placeholder={
              typeof field.fallback === 'string'
                ? field.fallback
                : (field.example ?? (format === 'date-time' ? '2026-11-30T08:00:00Z' : ''))
            }
            value={text}
            onInput={(event) => change(event.currentTarget.value)}
          />
        )
      }
    </LeafFrame>
  )
}

const optionText = (value: unknown): string => (typeof value === 'string' ? value : jsonText(value))

export const ChoiceLeaf = (props: FieldProps<ChoiceField>) => {
  const { field, value, onChange, isRequired } = props
  const chosen = value === undefined ? -1 : field.options.findIndex((it) => isSame(it, value))
  const none = field.fallback === undefined ? 'Not given' : `Not given (${defaultWords(field)})`
  return (
    <LeafFrame of={props} hint={field.hint ?? ''}>
      {(input) => (
        <select
          {...input}
          class="post-choice"
          value={chosen < 0 ? '' : String(chosen)}
          onChange={({ currentTarget: it }) =>
            onChange(it.value === '' ? undefined : field.options[Number(it.value)])
          }
        >
          <option value="">{isRequired ? 'Choose…' : none}</option>
          {field.options.map((it, index) => (
            <option key={optionText(it)} value={String(index)}>
              {optionText(it)}
            </option>
          ))}
        </select>
      )}
    </LeafFrame>
  )
}

/** There where it has to be, or a matter of yes and no. */
export const ConstantLeaf = (props: FieldProps<ConstantField>) => {
  const { field, value, onChange } = props
  return (
    <LeafFrame of={props} hint={field.hint ?? ''}>
      {(input) => (
        <span class="check">
          <input
            {...input}
            type="checkbox"
            checked={value !== undefined}
            onChange={({ currentTarget: it }) => onChange(it.checked ? field.value : undefined)}
          />
          <code>{optionText(field.value)}</code>
        </span>
      )}
    </LeafFrame>
  )
}
