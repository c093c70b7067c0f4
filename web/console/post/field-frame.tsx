/** What stands around each field of the form: its name, what it means, and what is wrong with it. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { splitHint } from './field-words.ts'

/** What ties an input to its words. */
export interface InputProps {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
  readonly 'aria-label'?: string
  readonly 'aria-required'?: boolean
}

const Hint = ({ id, text }: { readonly id: string; readonly text: string }) => {
  const { head, rest } = splitHint(text)
  if (rest === '')
    return (
      <span class="hint" id={id}>
        {head}
      </span>
    )
  return (
    <details class="hint">
      <summary id={id}>{head}</summary>
      {rest}
    </details>
  )
}

export const FieldFrame = ({
  name,
  isBare = false,
  isRequired = false,
  hint = '',
  fault,
  children,
}: {
  readonly name: string
  /** A row of a list: its name is for screen readers alone. */
  readonly isBare?: boolean
  readonly isRequired?: boolean
  readonly hint?: string
  readonly fault?: string | undefined
  readonly children: (input: InputProps) => ComponentChildren
}) => {
  const id = useId()
  const hasHint = hint !== '' && !isBare
  const about = [fault ? `${id}-fault` : '', hasHint ? `${id}-hint` : ''].filter((it) => it !== '').join(' ')
  return (
    <div class="field">
      {!isBare && (
        <div class="post-label">
          <label for={id}>{name}</label>
          {isRequired && <span class="post-required">required</span>}
        </div>
      )}
      {children({
        id,
        ...(about === '' ? {} : { 'aria-describedby': about }),
        ...(fault ? { 'aria-invalid': true } : {}),
        ...(isBare ? { 'aria-label': name } : {}),
        ...(isRequired ? { 'aria-required': true } : {}),
      })}
      {fault && (
        <span class="fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
      {hasHint && <Hint id={`${id}-hint`} text={hint} />}
    </div>
  )
}
