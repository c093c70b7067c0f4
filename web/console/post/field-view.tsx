/** A field of the form, whatever its kind; those that hold others come back here. */
import { useId, useRef, useState } from 'preact/hooks'
import { JsonLeaf, NumberLeaf, NumbersLeaf } from './draft-fields.tsx'
import { faultBeside, faultWithin } from './faults.ts'
import type { FieldProps } from './field-parts.ts'
import type { ListField, ObjectField, VariantsField } from './form-model.ts'
import {
  fits,
  initialOf,
  isSettled,
  memberValue,
  pointerTo,
  unknownNames,
  variantOf,
  withMember,
} from './form-value.ts'
import { GroupFault, GroupFrame } from './group-frame.tsx'
import { ChoiceLeaf, ConstantLeaf, TextLeaf } from './leaf-fields.tsx'

/** `isRoot`: the payload itself, which needs no frame. */
const ObjectView = ({
  field,
  name,
  pointer,
  value,
  onChange,
  isRequired,
  isRoot,
  form,
}: FieldProps<ObjectField> & { readonly isRoot: boolean }) => {
  const { members, oneOf } = field
  const extra = unknownNames(members, value)
  const shown = members.filter((it) => !isSettled(it, memberValue(value, it.name)))
  const inner = shown.map((it) => pointerTo(pointer, it.name))
  const body = (
    <>
      <GroupFault text={faultBeside(form.faults, pointer, inner)} />
      {oneOf.length > 0 && (
        <p class="hint">One of {oneOf.map((it) => it.join(' with ')).join(' or ')} has to be there.</p>
      )}
      {shown.map((it) => (
        <FieldView
          key={it.name}
          field={it.field}
          name={it.name}
          pointer={pointerTo(pointer, it.name)}
          value={memberValue(value, it.name)}
          onChange={(next) => onChange(withMember(value, it.name, next, { members, isRequired }))}
          isRequired={it.isRequired}
          form={form}
        />
      ))}
      {extra.length > 0 && (
        <p class="hint">
          Also there, and kept: <code>{extra.join(', ')}</code>. JSON shows it.
        </p>
      )}
    </>
  )
  if (isRoot) return body
  return <GroupFrame {...{ field, name, isRequired }}>{body}</GroupFrame>
}

const VariantsView = (props: FieldProps<VariantsField>) => {
  const { field, name, pointer, value, onChange, isRequired, form } = props
  const id = useId()
  const [chosen, setChosen] = useState<number | undefined>(undefined)
  /** What was filled in before another variant was chosen. */
  const kept = useRef(new Map<number, unknown>())
  const at = variantOf(field, value, chosen)
  const variant = field.variants[at]
  const choose = (next: number): void => {
    if (at >= 0) kept.current.set(at, value)
    setChosen(next)
    const to = field.variants[next]
    onChange(
      kept.current.get(next) ?? (to && initialOf(to.field, isRequired || to.field.kind === 'constant')),
    )
  }
  const isOff =
    !isRequired && value === undefined && chosen === undefined && variant?.field.kind === 'constant'
  return (
    <GroupFrame {...{ field, name, isRequired }}>
      <select
        id={id}
        class="post-choice"
        aria-label={`Kind of ${name}`}
        value={isOff ? '' : String(at)}
        onChange={({ currentTarget: it }) => choose(Number(it.value))}
      >
        {isOff && <option value="">Not given</option>}
        {field.variants.map(({ label }, index) => (
          <option key={label} value={String(index)}>
            {label}
          </option>
        ))}
      </select>
      {variant && !isOff && (
        <FieldView
          key={at}
          field={variant.field}
          name={`${name}: ${variant.label}`}
          pointer={pointer}
          value={value}
          onChange={onChange}
          isRequired={isRequired}
          isBare
          form={form}
        />
      )}
      {variant?.field.kind === 'constant' && <GroupFault text={faultWithin(form.faults, pointer)} />}
    </GroupFrame>
  )
}

const ListView = (props: FieldProps<ListField>) => {
  const { field, name, pointer, value, onChange, isRequired, form } = props
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  const rows = useRef<HTMLFieldSetElement>(null)
  const change = (next: readonly unknown[]): void =>
    onChange(next.length === 0 && !isRequired ? undefined : next)
  const add = (): void => {
    change([...items, field.item.kind === 'text' ? '' : null])
    // What was added is filled in next.
    setTimeout(() => rows.current?.querySelector<HTMLElement>('li:last-child :is(input, select)')?.focus())
  }
  const inner = items.map((_, index) => pointerTo(pointer, index))
  return (
    <GroupFrame {...{ field, name, isRequired }} element={rows}>
      <GroupFault text={faultBeside(form.faults, pointer, inner)} />
      {items.length > 0 && (
        <ol class="post-rows">
          {items.map((item, index) => (
            <li key={`${index}`}>
              <FieldView
                field={field.item}
                name={`${name} ${index + 1}`}
                pointer={pointerTo(pointer, index)}
                value={item === null ? undefined : item}
                onChange={(next) => change(items.with(index, next === undefined ? null : next))}
                isRequired={false}
                isBare
                form={form}
              />
              <button
                type="button"
                class="quiet"
                aria-label={`Remove ${name} ${index + 1}`}
                onClick={() => change(items.filter((_, it) => it !== index))}
              >
                ×
              </button>
            </li>
          ))}
        </ol>
      )}
      <div class="row">
        <button type="button" disabled={items.length >= field.most} onClick={add}>
          Add
        </button>
        {items.length === 0 && <span class="hint">None</span>}
      </div>
    </GroupFrame>
  )
}

export const FieldView = (props: FieldProps & { readonly isRoot?: boolean }) => {
  const { field, value, isRoot = false } = props
  // A value of another kind than the schema wants is not hidden, nor taken away.
  if (!fits(field, value)) {
    const hint = 'It does not fit its field, so it is shown as JSON.'
    return <JsonLeaf {...props} field={{ kind: 'json', title: field.title, hint }} />
  }
  switch (field.kind) {
    case 'text':
      return <TextLeaf {...props} field={field} />
    case 'number':
      return <NumberLeaf {...props} field={field} />
    case 'choice':
      return <ChoiceLeaf {...props} field={field} />
    case 'constant':
      // Of a variant that was chosen there is nothing more to say.
      return props.isBare ? null : <ConstantLeaf {...props} field={field} />
    case 'numbers':
      return <NumbersLeaf {...props} field={field} />
    case 'list':
      return <ListView {...props} field={field} />
    case 'object':
      return <ObjectView {...props} field={field} isRoot={isRoot || props.isBare === true} />
    case 'variants':
      return <VariantsView {...props} field={field} />
    case 'json':
      return <JsonLeaf {...props} field={field} />
  }
}
