/** What stands around fields that hold others. */
import type { ComponentChildren, RefObject } from 'preact'
import { type FieldProps, nameOf } from './field-parts.ts'
import { splitHint } from './field-words.ts'

const Words = ({ text }: { readonly text: string | undefined }) => {
  if (text === undefined) return null
  const { head, rest } = splitHint(text)
  return rest === '' ? (
    <p class="hint">{head}</p>
  ) : (
    <details class="hint">
      <summary>{head}</summary>
      {rest}
    </details>
  )
}

/** Of the value as a whole, or of what no field within shows. */
export const GroupFault = ({ text }: { readonly text: string | undefined }) =>
  text === undefined ? null : (
    <p class="fault" role="alert">
      {text}
    </p>
  )

export const GroupFrame = ({
  field,
  name,
  isRequired,
  element,
  children,
}: Pick<FieldProps, 'field' | 'name' | 'isRequired'> & {
  readonly element?: RefObject<HTMLFieldSetElement | null>
  readonly children: ComponentChildren
}) => (
  <fieldset class="post-group" {...(element ? { ref: element } : {})}>
    <legend>
      {nameOf({ field, name })} {isRequired && <span class="post-required">required</span>}
    </legend>
    <Words text={field.hint} />
    {children}
  </fieldset>
)
